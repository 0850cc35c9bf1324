-- SPDX-License-Identifier: Apache-2.0
-- Copies that have stopped go on, from the last entry that both sides have.
UPDATE copies SET fault = '', fault_position = 0, fault_at = NULL, checked_position = 0 WHERE fault <> ''
