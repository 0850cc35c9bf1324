// SPDX-License-Identifier: Apache-2.0
// Import of roles from CSV: name,zh,en,group,permissions. A role that is there becomes what its row says; one that says
// nothing else is left alone; roles that the file does not name stay.
#include <string.h>

#include "anlan/organisations/v1/roles.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "sheet.h"

#define SERVICE "anlan.organisations.v1.RoleService/"
#define PERMISSIONS_MOST 200

typedef Anlan__Organisations__V1__Role role;

enum { NAME, ZH, EN, GROUP, PERMISSIONS, COLUMNS };

static const struct cli_text headings[COLUMNS] = {
    {"name", "角色"}, {"zh", "中文名称"}, {"en", "英文名称"}, {"group", "互斥组"}, {"permissions", "权限"},
};

// All roles that there are; NULL, told, where they cannot be read.
static const Anlan__Organisations__V1__ListRolesResponse *read_roles(struct cli *cli, int *exit_status)
{
    Anlan__Organisations__V1__ListRolesRequest request = ANLAN__ORGANISATIONS__V1__LIST_ROLES_REQUEST__INIT;
    request.page_size = 500;
    return (const void *)cli_call(cli, CLI_ORGANISATIONS, SERVICE "ListRoles", &request.base, exit_status);
}

static char **split(struct cli *cli, const char *text, size_t *count)
{
    char **words = arena_array(&cli->arena, PERMISSIONS_MOST, sizeof(char *));
    CHECK(words);
    *count = 0;
    for (text += strspn(text, " "); *text && *count < PERMISSIONS_MOST; text += strspn(text, " ")) {
        size_t length = strcspn(text, " ");
        words[(*count)++] = arena_text(&cli->arena, text, length);
        text += length;
    }
    return words;
}

static bool is_same(const role *there, const struct sheet_row *row, char *const *permissions, size_t count)
{
    bool same = strcmp(there->zh, sheet_cell(row, ZH)) == 0 && strcmp(there->en, sheet_cell(row, EN)) == 0 &&
                strcmp(there->separate_group, sheet_cell(row, GROUP)) == 0 && there->n_permissions == count &&
                !there->retired;
    for (size_t i = 0; same && i < count; i++)
        same = strcmp(there->permissions[i], permissions[i]) == 0;
    return same;
}

static bool create(struct cli *cli, const struct sheet_row *row, char **permissions, size_t count, int *exit_status)
{
    Anlan__Organisations__V1__CreateRoleRequest request = ANLAN__ORGANISATIONS__V1__CREATE_ROLE_REQUEST__INIT;
    request.request_id = cli_request_id(cli);
    request.name = (char *)sheet_cell(row, NAME);
    request.zh = (char *)sheet_cell(row, ZH);
    request.en = (char *)sheet_cell(row, EN);
    request.separate_group = (char *)sheet_cell(row, GROUP);
    request.n_permissions = count;
    request.permissions = permissions;
    return cli_call(cli, CLI_ORGANISATIONS, SERVICE "CreateRole", &request.base, exit_status) != NULL;
}

static bool update(struct cli *cli, const role *there, const struct sheet_row *row, char **permissions, size_t count,
                   int *exit_status)
{
    Anlan__Organisations__V1__UpdateRoleRequest request = ANLAN__ORGANISATIONS__V1__UPDATE_ROLE_REQUEST__INIT;
    request.request_id = cli_request_id(cli);
    request.id = there->id;
    request.version = there->version;
    request.zh = (char *)sheet_cell(row, ZH);
    request.en = (char *)sheet_cell(row, EN);
    request.separate_group = (char *)sheet_cell(row, GROUP);
    request.n_permissions = count;
    request.permissions = permissions;
    return cli_call(cli, CLI_ORGANISATIONS, SERVICE "UpdateRole", &request.base, exit_status) != NULL;
}

static const role *role_named(const Anlan__Organisations__V1__ListRolesResponse *roles, const char *name)
{
    for (size_t i = 0; i < roles->n_roles; i++)
        if (strcmp(roles->roles[i]->name, name) == 0)
            return roles->roles[i];
    return NULL;
}

static void import_row(struct cli *cli, struct sheet_row *row, const Anlan__Organisations__V1__ListRolesResponse *roles)
{
    size_t count = 0;
    int exit_status = CLI_OK;
    if (row->fault[0])
        return;
    char **permissions = split(cli, sheet_cell(row, PERMISSIONS), &count);
    const role *there = role_named(roles, sheet_cell(row, NAME));
    if (there && is_same(there, row, permissions, count))
        row->present = true;
    else if (cli_option(cli, "dry-run"))
        sheet_notice(row, there ? (struct cli_text){"is to be changed", "将修改"}
                                : (struct cli_text){"is to be created", "将新建"});
    else if (there ? update(cli, there, row, permissions, count, &exit_status)
                   : create(cli, row, permissions, count, &exit_status))
        row->created = true;
    else
        sheet_reject(row, (struct cli_text){"the service refuses it, see above", "服务拒绝，见上"}, "");
}

int roles_command_import(struct cli *cli)
{
    static const struct sheet_form form = {headings, COLUMNS, COLUMNS, false};
    struct sheet sheet = {.cli = cli};
    int exit_status = CLI_OK;
    const char *path = cli->arguments[0];
    if (!sheet_read(&sheet, path, &form)) {
        sheet_fini(&sheet);
        return CLI_FAILED;
    }
    const Anlan__Organisations__V1__ListRolesResponse *roles = read_roles(cli, &exit_status);
    for (size_t i = 0; roles && i < sheet.count; i++)
        import_row(cli, sheet.rows[i], roles);
    if (roles)
        exit_status = sheet_close(cli, &sheet, path);
    sheet_fini(&sheet);
    return exit_status;
}
