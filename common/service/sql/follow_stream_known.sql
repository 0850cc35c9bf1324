-- SPDX-License-Identifier: Apache-2.0
SELECT source, instance_id, cursor, digest, held, moved_at FROM follow_streams ORDER BY source
