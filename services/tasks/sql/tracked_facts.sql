-- SPDX-License-Identifier: Apache-2.0
-- By what the clock of a hazard is wound: the rules and calendars that there are, the latest of each unit.
SELECT
-- include: clock_facts
