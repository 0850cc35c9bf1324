#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a descriptor set into the C tables of common/rpc/policy.h.

usage: policy_tables.py DESCRIPTOR_SET OUTPUT_DIRECTORY

Writes for each package with a service <package with underscores>.policy.{h,c}
(an rpc_contract), status_reasons.c (the table behind status_reason_text), and
descriptor_set.c (the descriptor set itself, for reflection).
Fails on what the contract forbids: a method without a policy, recursive
messages, names that PostgreSQL would cut.
"""
import pathlib
import re
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PREFIX = "anlan.rpc.v1."
NAME_LIMIT = 63
UUID, UUID7 = 1, 2    # of enum Format
READ, LIST, MUTATION, LOCAL, WORK = 1, 2, 3, 4, 5    # of enum MethodKind


def fail(text):
    sys.exit(f"policy_tables: {text}")


def snake(name):
    """CamelCase as protobuf-c writes it: HazardsService -> hazards_service."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def c_descriptor(full_name):
    return "__".join(snake(part) for part in full_name.split(".")) + "__descriptor"


def c_string(text):
    out = []
    for byte in text.encode():
        if byte in (0x22, 0x5C):
            out.append("\\" + chr(byte))
        elif 0x20 <= byte < 0x7F:
            out.append(chr(byte))
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


class Contract:
    def __init__(self, path):
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(path).read_bytes())
        self.protos = {file.name: file for file in files.file}
        self.pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            self.pool.Add(file)
        self.files = [self.pool.FindFileByName(file.name) for file in files.file]
        options = ["MethodOptions", "FieldOptions", "EnumValueOptions"]
        self.options = {name: self.message_class("google.protobuf." + name) for name in options}
        self.extensions = {name: self.pool.FindExtensionByName(PREFIX + name) for name in ("policy", "rule", "reason")}
        for extension in self.extensions.values():
            self.options[extension.containing_type.name].RegisterExtension(extension)

    def message_class(self, name):
        message = self.pool.FindMessageTypeByName(name)
        if hasattr(message_factory, "GetMessageClass"):
            return message_factory.GetMessageClass(message)
        return message_factory.MessageFactory(self.pool).GetPrototype(message)

    def option(self, owner, extension):
        kind = self.extensions[extension].containing_type.name
        options = self.options[kind].FromString(owner.GetOptions().SerializeToString())
        return options.Extensions[self.extensions[extension]] if options.HasExtension(self.extensions[extension]) else None


def check_messages(files):
    """No message may contain itself (protobuf-c has no recursion limit)."""
    for file in files:
        for message in file.message_types_by_name.values():
            walk(message, [])


def walk(message, path):
    if message.full_name in path:
        fail("recursive message " + " > ".join(path + [message.full_name]))
    for field in message.fields:
        if len(field.name) > NAME_LIMIT:
            fail(f"{field.full_name}: a name over {NAME_LIMIT} bytes")
        if field.message_type:
            walk(field.message_type, path + [message.full_name])


def check_field(contract, method, field_name, form=None, required=False):
    """A field that a policy names: a string, and where common code relies on it of a form, and required."""
    field = method.input_type.fields_by_name.get(field_name)
    if field is None or field.type != field.TYPE_STRING:
        fail(f"{method.full_name}: its policy names no string field '{field_name}'")
    rule = contract.option(field, "rule")
    if form is not None and (rule is None or rule.format != form or (required and not rule.required)):
        fail(f"{method.full_name}: {field_name} must be {'required and ' if required else ''}of its format")


def check_caller(method, policy):
    """Exactly one word says who may call it: a permission, anonymous, own, inner, or that it is LOCAL."""
    words = [bool(policy.permission), policy.anonymous, policy.own, policy.inner, policy.kind == LOCAL]
    if sum(words) == 0:
        fail(f"{method.full_name}: no permission")
    if sum(words) > 1:
        fail(f"{method.full_name}: a permission, or anonymous, or own, or inner")
    if policy.inner and policy.kind != MUTATION:
        fail(f"{method.full_name}: only a mutation is inner")
    if policy.anonymous and policy.kind not in (MUTATION, WORK):
        fail(f"{method.full_name}: only work is anonymous")


def check_home(method, policy):
    """Who keeps a record with his own tenant: a bool, a unit, and a permission to read."""
    if not policy.home_field and not policy.home_permission:
        return
    field = method.input_type.fields_by_name.get(policy.home_field)
    if field is None or field.type != field.TYPE_BOOL:
        fail(f"{method.full_name}: its policy names no bool field '{policy.home_field}'")
    if policy.kind != MUTATION or not policy.unit_field or not policy.home_permission.endswith(".read"):
        fail(f"{method.full_name}: home_field is for a mutation with unit_field and a home_permission to read")


def check_accounted(contract, method, policy):
    """A read that is entered in the access log says what for, and what it answers says whose it is."""
    if policy.kind not in (READ, LIST):
        fail(f"{method.full_name}: only a READ and a LIST are accounted")
    check_field(contract, method, "purpose", 0, required=True)
    records = [field.message_type for field in method.output_type.fields if field.message_type]
    wanted = {"id", "record_type", "unit_id"} if policy.kind == READ else {"id", "tenant_id"}
    if len(records) != 1 or not wanted <= set(records[0].fields_by_name):
        fail(f"{method.full_name}: what it answers has not all of {', '.join(sorted(wanted))}")


def check_kept(method, policy):
    """What a unit keeps to itself is read record by record, and says whose it is."""
    records = [field.message_type for field in method.output_type.fields if field.message_type]
    if policy.kind != READ or not policy.accounted or not policy.tenant_field:
        fail(f"{method.full_name}: only an accounted READ with tenant_field is kept")
    if "restricted_to_unit_id" not in records[0].fields_by_name:
        fail(f"{method.full_name}: what it answers has no restricted_to_unit_id")


def write_contract(contract, package, files, directory):
    base = package.replace(".", "_")
    messages = [m for f in files for m in f.message_types_by_name.values()]
    reached = {}
    for service in (s for f in files for s in f.services_by_name.values()):
        for method in service.methods:
            for message in (method.input_type, method.output_type):
                collect(message, reached)
    rows, rules, extra = {}, {}, []
    for service in (s for f in files for s in f.services_by_name.values()):
        for method in service.methods:
            policy = contract.option(method, "policy")
            if policy is None or policy.kind == 0:
                fail(f"{method.full_name}: no policy")
            check_caller(method, policy)
            check_home(method, policy)
            if policy.tenant_field:
                check_field(contract, method, policy.tenant_field, UUID, required=True)
            if policy.unit_field:
                check_field(contract, method, policy.unit_field, UUID)
            for name in policy.conflict_fields:
                check_field(contract, method, name)
            if policy.kind == MUTATION:
                check_field(contract, method, "request_id", UUID7, required=True)
            if policy.accounted:
                check_accounted(contract, method, policy)
            if policy.kept:
                check_kept(method, policy)
            conflicts = f"conflicts_{snake(method.name)}"
            if policy.conflict_fields:
                extra.append(f"static const char *const {conflicts}[] = {{"
                             + ", ".join(c_string(name) for name in policy.conflict_fields) + "};\n")
            rows[f"{service.full_name}/{method.name}"] = (
                        "    {.method = %s,\n     .name = %s,\n     .request = &%s,\n     .response = &%s,\n"
                        "     .kind = %d,\n     .permission = %s,\n     .tenant_field = %s,\n     .unit_field = %s,\n"
                        "     .conflict_fields = %s,\n     .conflict_count = %d,\n     .exclusive = %s,\n     .slow = %s,\n"
                        "     .reads_arrivals = %s,\n     .anonymous = %s,\n     .own = %s,\n     .home_field = %s,\n"
                        "     .home_permission = %s,\n     .accounted = %s,\n"
                        "     .kept = %s,\n     .inner = %s},\n"
                        % (c_string(f"{service.full_name}/{method.name}"), c_string(method.name),
                           c_descriptor(method.input_type.full_name), c_descriptor(method.output_type.full_name),
                           policy.kind, c_string(policy.permission), c_string(policy.tenant_field),
                           c_string(policy.unit_field), conflicts if policy.conflict_fields else "NULL",
                           len(policy.conflict_fields), str(policy.exclusive).lower(), str(policy.slow).lower(),
                           str(policy.reads_arrivals).lower(), str(policy.anonymous).lower(), str(policy.own).lower(),
                           c_string(policy.home_field), c_string(policy.home_permission),
                           str(policy.accounted).lower(), str(policy.kept).lower(),
                           str(policy.inner).lower()))
    names = "".join(c_string(s.full_name) + ", " for f in files for s in f.services_by_name.values())
    extra.append(f"static const char *const services[] = {{{names}NULL}};\n")
    headers = {m.file.name.replace(".proto", ".pb-c.h") for m in messages}
    for name in sorted(reached):
        message = reached[name]
        headers.add(message.file.name.replace(".proto", ".pb-c.h"))
        # protobuf-c sorts fields by number in its descriptors.
        for index, field in enumerate(sorted(message.fields, key=lambda f: f.number)):
            rule = contract.option(field, "rule")
            is_text = field.type == field.TYPE_STRING
            repeated = field.label == field.LABEL_REPEATED
            if rule is None and not is_text and not repeated:
                continue
            get = (lambda key, default=0: getattr(rule, key) if rule is not None else default)
            rules.setdefault(name, []).append("    {.message = &%s,\n     .field = %d,\n     .required = %s,\n     .min_chars = %d,\n"
                         "     .max_chars = %d,\n     .format = %d,\n     .min = %s,\n     .max = %s,\n     .max_items = %d,\n"
                         "     .unit = %s,\n     .within_scope = %s,\n     .secret = %s},\n"
                         % (c_descriptor(name), index, str(bool(get("required"))).lower(), get("min_chars"),
                            (get("max_chars") or 256) if is_text else 0, get("format"),
                            f"INT64_C({get('min')})", f"INT64_C({get('max')})",
                            (get("max_items") or 100) if repeated else 0, str(bool(get("unit"))).lower(),
                            str(bool(get("within_scope"))).lower(), str(bool(get("secret"))).lower()))
    head = "// Generated from proto/ by common/gen/policy_tables.py.\n"
    (directory / f"{base}.policy.h").write_text(
        head + "#pragma once\n\n#include \"rpc/policy.h\"\n\n"
        f"// The contract of {package}.\nextern const struct rpc_contract {base}_contract;\n")
    includes = "".join(f'#include "{name}"\n' for name in sorted(headers))
    listed = "".join(f"    &{c_descriptor(m.full_name)},\n" for m in messages)
    (directory / f"{base}.policy.c").write_text(
        head + f'#include "{base}.policy.h"\n\n' + includes + "\n" + "".join(extra)
        + "\nstatic const struct rpc_policy policies[] = {\n" + "".join(rows[name] for name in sorted(rows)) + "};\n"
        + "\nstatic const struct rpc_rule rules[] = {\n" + "".join(sum(rules.values(), [])) + "};\n"
        + rule_slots(rules)
        + "\nstatic const ProtobufCMessageDescriptor *const messages[] = {\n" + listed + "};\n"
        + f"\nconst struct rpc_contract {base}_contract = {{\n"
        f"    .package = {c_string(package)},\n    .services = services,\n    .policies = policies,\n"
        "    .policy_count = sizeof(policies) / sizeof(policies[0]),\n"
        "    .rule_slots = rule_slots,\n    .rule_slot_count = sizeof(rule_slots) / sizeof(rule_slots[0]),\n    .messages = messages,\n"
        "    .message_count = sizeof(messages) / sizeof(messages[0]),\n};\n")


def name_hash(name):
    """FNV-1a, as in rpc/policy.c."""
    value = 0x811c9dc5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xffffffff
    return value


def rule_slots(rules):
    """Where the rules of a message are, by the hash of its name; at most half of the slots are taken."""
    size = 1
    while size < 2 * len(rules) + 1:
        size *= 2
    slots, first = [None] * size, 0
    for name, of_message in rules.items():
        at = name_hash(name) % size
        while slots[at]:
            at = (at + 1) % size
        slots[at] = f"    [{at}] = {{&{c_descriptor(name)}, rules + {first}, {len(of_message)}}},\n"
        first += len(of_message)
    return (f"\nstatic const struct rpc_rule_slot rule_slots[{size}] = {{\n" + "".join(slot for slot in slots if slot)
            + "};\n")


def collect(message, reached):
    reached[message.full_name] = message
    for field in message.fields:
        if field.message_type and field.message_type.full_name not in reached:
            collect(field.message_type, reached)


def check_examples(file):
    """Every reason's comment has an example, where the set has comments at all."""
    enum = next(i for i, e in enumerate(file.enum_type) if e.name == "Reason")
    comments = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
    for i, value in enumerate(file.enum_type[enum].value):
        if comments and value.number != 0 and "Example:" not in comments.get((5, enum, 2, i), "").replace("\n", ""):
            fail(f"{value.name}: no example")


def write_reasons(contract, directory):
    rows = []
    enum = contract.pool.FindEnumTypeByName(PREFIX + "Reason")
    codes = contract.pool.FindEnumTypeByName(PREFIX + "Code")
    for value in enum.values:
        text = contract.option(value, "reason")
        if text is None and value.number != 0:
            fail(f"{value.name}: no texts")
        if text is not None and text.code not in codes.values_by_number:
            fail(f"{value.name}: no such code {text.code}")
        rows.append("    {.reason = %d, .code = %d, .name = %s, .en = %s, .zh = %s},\n"
                    % (value.number, text.code if text else 0, c_string(value.name.removeprefix("REASON_")),
                       c_string(text.en if text else "Done."), c_string(text.zh if text else "成功。")))
    names = "".join(f"    [{v.number}] = {c_string(v.name.removeprefix('CODE_'))},\n" for v in codes.values)
    (directory / "status_reasons.c").write_text(
        "// Generated from proto/ by common/gen/policy_tables.py.\n#include \"base/status_tables.h\"\n\n"
        "const struct status_reason_text status_reasons[] = {\n" + "".join(rows) + "};\n"
        "const size_t status_reason_count = sizeof(status_reasons) / sizeof(status_reasons[0]);\n\n"
        "const char *const status_code_names[] = {\n" + names + "};\n"
        "const size_t status_code_count = sizeof(status_code_names) / sizeof(status_code_names[0]);\n")


def write_descriptors(data, directory):
    lines = [", ".join(str(byte) for byte in data[at:at + 32]) for at in range(0, len(data), 32)]
    (directory / "descriptor_set.c").write_text(
        "// Generated from proto/ by common/gen/policy_tables.py.\n#include \"rpc/reflection.h\"\n\n"
        "const uint8_t rpc_descriptor_set[] = {\n" + ",\n".join(lines) + "};\n"
        f"const size_t rpc_descriptor_set_length = {len(data)};\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    contract = Contract(sys.argv[1])
    directory = pathlib.Path(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    ours = [f for f in contract.files if f.package.startswith("anlan.")]
    check_messages(ours)
    for package in sorted({f.package for f in ours if f.services_by_name}):
        write_contract(contract, package, [f for f in ours if f.package == package], directory)
    check_examples(contract.protos["anlan/rpc/v1/status.proto"])
    write_reasons(contract, directory)
    write_descriptors(pathlib.Path(sys.argv[1]).read_bytes(), directory)


main()
