-- SPDX-License-Identifier: Apache-2.0
-- A sign-in sees the roles of its person's posts: administrators need a second factor.
CREATE FUNCTION anlan_work_roles() RETURNS text[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(SELECT p.role FROM posts p);
END $$;
CREATE POLICY work ON roles FOR SELECT USING (
    CASE current_setting('anlan.wall', true)
    WHEN 'work' THEN tenant_id = anlan_tenant() AND name = ANY ((SELECT anlan_work_roles())::text[])
    ELSE false END);
