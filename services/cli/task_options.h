// SPDX-License-Identifier: Apache-2.0
// Options and rows that the contents pages of tasks share.
#pragma once

#include "commands.h"
#include "task_commands.h"

#define TENANT                                                                                                         \
    {                                                                                                                  \
        "tenant", "UUID|CODE", "ANLAN_TENANT", {"tenant that owns it", "所属租户"}, "tenant_id", true                  \
    }
#define ID                                                                                                             \
    {                                                                                                                  \
        "id", "UUID", NULL, {"its id", "编号"}, "id", true                                                             \
    }
#define VERSION                                                                                                        \
    {                                                                                                                  \
        "version", "N", NULL, {"the version that you have read; the latest, if not given", "所读版本，默认最新"},      \
            "version"                                                                                                  \
    }
#define AT                                                                                                             \
    {                                                                                                                  \
        "at", "TIME", NULL, {"when it was done; now, if not given", "办理时间，默认现在"}, "occurred_at"               \
    }
#define SECTORS                                                                                                        \
    {                                                                                                                  \
        "sector", "SECTOR", NULL, {"a sector; may be given several times", "行业领域代码，可多次给出"}, "sectors"      \
    }
#define REASON_OPTION                                                                                                  \
    {                                                                                                                  \
        "reason", "TEXT", NULL, {"why", "理由"}, "reason", true                                                        \
    }
#define TOP                                                                                                            \
    {                                                                                                                  \
        "unit", "UUID|CODE", NULL, {"the top of the part of the tree", "所列范围的顶级单位"}, "unit_id"                \
    }
#define PAGE                                                                                                           \
    {                                                                                                                  \
        "page", "TOKEN", NULL, {"the next page, as the last one said", "下一页标记"}, "page_token"                     \
    }
#define ALL                                                                                                            \
    {                                                                                                                  \
        "all", NULL, NULL,                                                                                             \
        {                                                                                                              \
            "all pages", "全部"                                                                                      \
        }                                                                                                              \
    }

// A command that is one call.
#define CALL(words, method_name, get_name, list, text, example_text)                                                   \
    {                                                                                                                  \
        .name = (words), OPTIONS(list), .help = text, .example = (example_text), .run = task_command_run,              \
        .service = CLI_TASKS, .method = SERVICE_NAME method_name, .get = (get_name)                                    \
    }
#define TEXT(en, zh)                                                                                                   \
    {                                                                                                                  \
        (en), (zh)                                                                                                     \
    }

#define COLUMNS(list) .columns = (list), .column_count = COUNT_OF(list)
#define PART(path, list) .part = (path), .part_columns = (list), .part_count = COUNT_OF(list)
