// SPDX-License-Identifier: Apache-2.0
// How elements of the contract are shown: near the form of .proto files, with policies and rules in words.
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "anlan/rpc/v1/policy.pb-c.h"
#include "base/check.h"
#include "describe.h"
#include "rpc/wire.h"

// policy, rule and reason: the number of all three extensions in policy.proto.
#define EXTENSION 51501
enum { MESSAGE_FIELD = 2, ENUM_VALUE = 2 };

static const char *text_of(const char *text)
{
    return text ? text : "";
}

// The comment of what stands at the element's path, longer by one pair where field is not 0.
static const char *comment_of(const struct element *element, int32_t field, size_t index)
{
    const Google__Protobuf__SourceCodeInfo *info = element->file->source_code_info;
    size_t depth = element->depth + (field ? 2 : 0);
    for (size_t i = 0; info && i < info->n_location; i++) {
        const Google__Protobuf__SourceCodeInfo__Location *at = info->location[i];
        if (at->n_path != depth || memcmp(at->path, element->path, element->depth * sizeof(*at->path)) != 0)
            continue;
        if (!field || (at->path[depth - 2] == field && at->path[depth - 1] == (int32_t)index))
            return at->leading_comments ? at->leading_comments : text_of(at->trailing_comments);
    }
    return "";
}

static void print_comment(const char *comment, int indent)
{
    while (*comment) {
        size_t length = strcspn(comment, "\n");
        bool spaced = *comment == ' ';
        printf("%*s%.*s\n", indent, "", (int)(length - spaced), comment + spaced);
        comment += length + (comment[length] == '\n');
    }
}

// An option of ours: protobuf-c keeps what it does not know, with the length in front. NULL if it is not set.
static ProtobufCMessage *read_option(const ProtobufCMessage *options, const ProtobufCMessageDescriptor *descriptor)
{
    struct status status = {0};
    for (unsigned i = 0; options && i < options->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *field = &options->unknown_fields[i];
        size_t prefix = 0;
        if (field->tag != EXTENSION || field->wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
            continue;
        while (prefix < field->len && field->data[prefix++] >= 0x80)
            ;
        struct bytes body = {field->data + prefix, field->len - prefix};
        if (rpc_wire_check(NULL, descriptor, body, 1000, &status))
            return protobuf_c_message_unpack(descriptor, NULL, body.length, body.data);
    }
    return NULL;
}

static void free_option(const void *option)
{
    if (option)
        protobuf_c_message_free_unpacked((ProtobufCMessage *)option, NULL);
}

// ".anlan.hazards.v1.Hazard" as seen from the element's own package: "Hazard".
static const char *short_type(const struct element *element, const char *type)
{
    const char *package = text_of(element->file->package);
    size_t length = strlen(package);
    type = text_of(type);
    type += *type == '.';
    bool own = length > 0 && strncmp(type, package, length) == 0 && type[length] == '.';
    return own ? type + length + 1 : type;
}

static const char *type_of(const struct element *element, const Google__Protobuf__FieldDescriptorProto *field)
{
    static const char *const names[] = {"?",       "double",   "float",    "int64",  "uint64",  "int32", "fixed64",
                                        "fixed32", "bool",     "string",   "group",  "message", "bytes", "uint32",
                                        "enum",    "sfixed32", "sfixed64", "sint32", "sint64"};
    if (field->type_name)
        return short_type(element, field->type_name);
    return (size_t)field->type < COUNT_OF(names) ? names[field->type] : "?";
}

static const char *format_of(const struct cli *cli, Anlan__Rpc__V1__Format format)
{
    static const struct cli_text names[] = {
        {"", ""},
        {"UUID", "UUID"},
        {"UUID of version 7", "UUID 第 7 版"},
        {"division code", "行政区划代码"},
        {"identifier", "标识符"},
        {"base64url", "base64url"},
    };
    return (size_t)format < COUNT_OF(names) ? cli_say(cli, names[format]) : "?";
}

static void print_part(bool *first, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void print_part(bool *first, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf(*first ? "  [" : "; ");
    vprintf(format, arguments);
    va_end(arguments);
    *first = false;
}

static void print_rule(const struct cli *cli, const Anlan__Rpc__V1__FieldRule *rule)
{
    bool first = true;
    if (rule->required)
        print_part(&first, "%s", cli_say(cli, (struct cli_text){"required", "必填"}));
    if (rule->format)
        print_part(&first, "%s", format_of(cli, rule->format));
    if (rule->min_chars)
        print_part(&first, cli_say(cli, (struct cli_text){"at least %" PRIu32 " characters", "至少 %" PRIu32 " 字"}),
                   rule->min_chars);
    if (rule->max_chars)
        print_part(&first, cli_say(cli, (struct cli_text){"at most %" PRIu32 " characters", "至多 %" PRIu32 " 字"}),
                   rule->max_chars);
    if (rule->min || rule->max)
        print_part(&first, cli_say(cli, (struct cli_text){"%" PRId64 " to %" PRId64, "%" PRId64 " 至 %" PRId64}),
                   rule->min, rule->max);
    if (rule->max_items)
        print_part(&first, cli_say(cli, (struct cli_text){"at most %" PRIu32 " elements", "至多 %" PRIu32 " 项"}),
                   rule->max_items);
    if (rule->unit)
        print_part(&first, "%s", cli_say(cli, (struct cli_text){"a unit of the directory", "目录中的单位"}));
    if (!first)
        printf("]");
}

static void print_field(const struct cli *cli, const struct element *element, size_t index)
{
    const Google__Protobuf__DescriptorProto *message = element->descriptor;
    const Google__Protobuf__FieldDescriptorProto *field = message->field[index];
    bool repeated = field->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED;
    bool grouped = field->has_oneof_index && (size_t)field->oneof_index < message->n_oneof_decl;
    printf("  %s%s %s = %" PRId32, repeated ? "repeated " : "", type_of(element, field), text_of(field->name),
           field->number);
    if (grouped)
        printf(cli_say(cli, (struct cli_text){"  (one of %s)", "（%s 之一）"}),
               text_of(message->oneof_decl[field->oneof_index]->name));
    Anlan__Rpc__V1__FieldRule *rule =
        field->options ? (void *)read_option(&field->options->base, &anlan__rpc__v1__field_rule__descriptor) : NULL;
    if (rule)
        print_rule(cli, rule);
    free_option(rule);
    printf("\n");
    print_comment(comment_of(element, MESSAGE_FIELD, index), 6);
}

static void print_message(const struct cli *cli, const struct element *element)
{
    const Google__Protobuf__DescriptorProto *message = element->descriptor;
    printf("message %s\n", element->name);
    print_comment(comment_of(element, 0, 0), 2);
    for (size_t i = 0; i < message->n_field; i++)
        print_field(cli, element, i);
    printf("\n");
}

static void print_enum(const struct cli *cli, const struct element *element)
{
    const Google__Protobuf__EnumDescriptorProto *values = element->descriptor;
    printf("enum %s\n", element->name);
    print_comment(comment_of(element, 0, 0), 2);
    for (size_t i = 0; i < values->n_value; i++) {
        const Google__Protobuf__EnumValueDescriptorProto *value = values->value[i];
        Anlan__Rpc__V1__ReasonText *text =
            value->options ? (void *)read_option(&value->options->base, &anlan__rpc__v1__reason_text__descriptor)
                           : NULL;
        printf("  %s = %" PRId32, text_of(value->name), value->number);
        if (text)
            printf("  [%s] %s", status_code_name((status_code)text->code), cli->chinese ? text->zh : text->en);
        printf("\n");
        free_option(text);
        print_comment(comment_of(element, ENUM_VALUE, i), 6);
    }
    printf("\n");
}

static const char *kind_of(const struct cli *cli, Anlan__Rpc__V1__MethodKind kind)
{
    static const struct cli_text names[] = {{"?", "?"},           {"read", "读取"},  {"list", "列表"},
                                            {"mutation", "变更"}, {"local", "本地"}, {"work", "计算"}};
    return cli_say(cli, names[(size_t)kind < COUNT_OF(names) ? (size_t)kind : 0]);
}

static Anlan__Rpc__V1__MethodPolicy *policy_of(const Google__Protobuf__MethodDescriptorProto *method)
{
    return method->options ? (void *)read_option(&method->options->base, &anlan__rpc__v1__method_policy__descriptor)
                           : NULL;
}

static void print_setting(const struct cli *cli, struct cli_text label, const char *value)
{
    if (*value)
        printf("  %s %s\n", cli_say(cli, label), value);
}

static void print_policy(const struct cli *cli, const Anlan__Rpc__V1__MethodPolicy *policy)
{
    print_setting(cli, (struct cli_text){"kind:", "类别："}, kind_of(cli, policy->kind));
    const char *nobody =
        cli_say(cli, policy->own ? (struct cli_text){"none: any token, for what is the caller's own",
                                                     "无：持任一有效令牌者，仅限本人事项"}
                                 : (struct cli_text){"none: anybody who reaches the address", "无：能连接者均可调用"});
    print_setting(cli, (struct cli_text){"permission:", "权限："}, *policy->permission ? policy->permission : nobody);
    print_setting(cli, (struct cli_text){"tenant named by:", "租户字段："}, policy->tenant_field);
    print_setting(cli, (struct cli_text){"place named by:", "地点字段："}, policy->unit_field);
    print_setting(cli, (struct cli_text){"in the caller's own tenant by:", "记入本单位租户："}, policy->home_field);
    print_setting(cli, (struct cli_text){"… and then, at the place:", "此时在该地点需要："}, policy->home_permission);
    for (size_t i = 0; i < policy->n_conflict_fields; i++)
        print_setting(cli, (struct cli_text){"not twice in a transaction:", "同一事务不重复："},
                      policy->conflict_fields[i]);
    if (policy->accounted)
        print_setting(cli, (struct cli_text){"entered in the access log before it answers", "答复前记入访问日志"}, " ");
    if (policy->kept)
        print_setting(cli,
                      (struct cli_text){"of what the own unit keeps to itself, or by a grant from there",
                                        "限本单位自存内容，或凭该单位的授权"},
                      " ");
    if (policy->exclusive)
        print_setting(cli, (struct cli_text){"alone in its tenant's transaction", "在本租户事务中单独执行"}, " ");
    if (policy->slow)
        print_setting(cli, (struct cli_text){"may wait or take long", "可能等待或耗时"}, " ");
}

static void print_type(const struct cli *cli, const struct element *all, const char *type)
{
    type = text_of(type);
    const struct element *message = describe_named(all, ELEMENT_MESSAGE, type + (*type == '.'));
    if (message)
        print_message(cli, message);
}

static void print_method(const struct cli *cli, const struct element *all, const struct element *element)
{
    const Google__Protobuf__MethodDescriptorProto *method = element->descriptor;
    Anlan__Rpc__V1__MethodPolicy *policy = policy_of(method);
    printf("rpc %s(%s) returns (%s)\n", element->name, short_type(element, method->input_type),
           short_type(element, method->output_type));
    print_comment(comment_of(element, 0, 0), 2);
    if (policy)
        print_policy(cli, policy);
    free_option(policy);
    printf("\n");
    print_type(cli, all, method->input_type);
    print_type(cli, all, method->output_type);
}

static void print_service(const struct cli *cli, const struct element *element)
{
    const Google__Protobuf__ServiceDescriptorProto *service = element->descriptor;
    printf("service %s  (%s)\n", element->name, text_of(element->file->name));
    print_comment(comment_of(element, 0, 0), 2);
    for (size_t i = 0; i < service->n_method; i++) {
        Anlan__Rpc__V1__MethodPolicy *policy = policy_of(service->method[i]);
        printf("  %s  %s  %s\n", text_of(service->method[i]->name), policy ? kind_of(cli, policy->kind) : "",
               policy ? policy->permission : "");
        free_option(policy);
    }
    printf("\n");
}

void describe_print(const struct cli *cli, const struct element *all, const struct element *element)
{
    switch (element->kind) {
    case ELEMENT_SERVICE:
        print_service(cli, element);
        break;
    case ELEMENT_METHOD:
        print_method(cli, all, element);
        break;
    case ELEMENT_MESSAGE:
        print_message(cli, element);
        break;
    case ELEMENT_ENUM:
        print_enum(cli, element);
        break;
    }
}

void describe_print_line(const struct element *service)
{
    const char *comment = comment_of(service, 0, 0);
    comment += *comment == ' ';
    printf("%s  %.*s\n", service->name, (int)strcspn(comment, ".\n"), comment);
}
