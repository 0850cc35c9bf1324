-- SPDX-License-Identifier: Apache-2.0
-- All that is read from here on is of one moment, whoever writes meanwhile.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
