// SPDX-License-Identifier: Apache-2.0
// A bulletin as one page of HTML, with all that it needs in it, that prints on A4.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bulletin.h"

static const char style[] =
    "@page{size:A4;margin:18mm 15mm}"
    "body{font-family:'Noto Serif CJK SC','Source Han Serif SC',SimSun,serif;font-size:11pt;color:#111;margin:2em}"
    "h1{text-align:center;font-size:20pt;margin:.2em 0}.sub{text-align:center;margin-bottom:1.5em}"
    "h2{font-size:13pt;margin:1.4em 0 .4em;break-after:avoid}"
    "table{border-collapse:collapse;width:100%}thead{display:table-header-group}tr{break-inside:avoid}"
    "th,td{border:1px solid #777;padding:3px 6px;vertical-align:top}th{background:#eee}"
    "td.n{text-align:right;white-space:nowrap}"
    ".mark{border:2px solid #b00;color:#b00;text-align:center;font-weight:bold;padding:4px;margin-bottom:1em}"
    "@media print{body{margin:0}.mark{position:fixed;top:0;left:0;right:0;background:#fff}"
    ".marked{padding-top:14mm}}";

static void put(FILE *file, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", file);
            break;
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        default:
            fputc(*text, file);
        }
}

static void put_element(FILE *file, const char *open, const char *text, const char *close)
{
    fputs(open, file);
    put(file, text);
    fputs(close, file);
}

static bool is_number(const char *text)
{
    return *text && strspn(text, "+-0123456789.,%‰") == strlen(text);
}

static void put_section(FILE *file, const struct bulletin_section *section)
{
    put_element(file, "<h2>", section->title, "</h2>\n");
    if (section->rows == 0) {
        put_element(file, "<p>", section->none, "</p>\n");
        return;
    }
    fputs("<table><thead><tr>", file);
    for (size_t c = 0; c < section->columns; c++)
        put_element(file, "<th>", section->headings[c], "</th>");
    fputs("</tr></thead><tbody>\n", file);
    for (size_t r = 0; r < section->rows; r++) {
        fputs("<tr>", file);
        for (size_t c = 0; c < section->columns; c++) {
            const char *cell = section->cells[r * section->columns + c];
            put_element(file, is_number(cell) ? "<td class=\"n\">" : "<td>", cell, "</td>");
        }
        fputs("</tr>\n", file);
    }
    fputs("</tbody></table>\n", file);
}

bool bulletin_write_html(struct cli *cli, const struct bulletin *bulletin, const char *path)
{
    FILE *file = fopen(path, "w");
    bool written = file != NULL;
    if (file) {
        fprintf(file, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">", cli->chinese ? "zh" : "en");
        put_element(file, "<title>", bulletin->title, "</title>");
        fprintf(file, "<style>%s</style></head><body%s>\n", style, bulletin->mark ? " class=\"marked\"" : "");
        if (bulletin->mark)
            put_element(file, "<div class=\"mark\">", bulletin->mark, "</div>\n");
        put_element(file, "<h1>", bulletin->title, "</h1>\n");
        put_element(file, "<div class=\"sub\">", bulletin->subtitle, "</div>\n");
        for (size_t i = 0; i < bulletin->count; i++)
            put_section(file, &bulletin->sections[i]);
        fputs("</body></html>\n", file);
        written = ferror(file) == 0;
        written = fclose(file) == 0 && written;
        if (!written)
            remove(path);
    }
    if (!written)
        fprintf(stderr, "anlan: %s: %s\n", path, strerror(errno));
    return written;
}
