#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the tables of codes and reasons in proto/README.md against the enums of the contract.

usage: reasons_test.py TOP
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

TOP = pathlib.Path(sys.argv[1]).resolve()
STATUS = "anlan/rpc/v1/status.proto"


def read_contract():
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run(["protoc", f"-I{TOP}/proto", "--include_imports", f"--descriptor_set_out={file.name}", STATUS],
                       check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(file.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool


def text_of(pool, value):
    options = pool.FindMessageTypeByName("google.protobuf.EnumValueOptions")
    make = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    extension = pool.FindExtensionByName("anlan.rpc.v1.reason")
    kind = make(options)
    if hasattr(kind, "RegisterExtension"):
        kind.RegisterExtension(extension)
    return kind.FromString(value.GetOptions().SerializeToString()).Extensions[extension]


def main():
    pool = read_contract()
    codes = pool.FindEnumTypeByName("anlan.rpc.v1.Code")
    reasons = pool.FindEnumTypeByName("anlan.rpc.v1.Reason")
    name_of = {value.number: value.name.removeprefix("CODE_") for value in codes.values}
    wanted = {}
    for value in reasons.values:
        if value.number != 0:
            text = text_of(pool, value)
            wanted[value.name.removeprefix("REASON_")] = f"{name_of[text.code]} | {text.en}"
    readme = (TOP / "proto/README.md").read_text()
    said = dict(re.findall(r"^\| ([A-Z_0-9]+) \| ([A-Z_]+ \| [^|]+?) \|$", readme, re.M))
    said_codes = re.findall(r"^\| (\d+ [A-Z_]+) \|", readme, re.M)
    faults = [f"| {name} | {row} |" for name, row in wanted.items() if said.get(name) != row]
    faults += [f"no reason {name}" for name in said if name not in wanted]
    if list(said) != list(wanted) and not faults:
        faults.append("the reasons are not in the order of the enum")
    if said_codes != [f"{number} {name}" for number, name in name_of.items()]:
        faults.append("the codes are not those of the enum")
    if faults:
        sys.exit("proto/README.md should say:\n" + "\n".join(faults))
    print(f"{len(said)} reasons, {len(said_codes)} codes")


main()
