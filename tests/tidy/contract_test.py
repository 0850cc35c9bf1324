#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the generators refuse: contracts and statements that would hurt later.

usage: contract_test.py TOP
"""
import pathlib
import subprocess
import sys
import tempfile

TOP = pathlib.Path(sys.argv[1]).resolve()
HEAD = 'syntax = "proto3"; package anlan.trial.v1; import "anlan/rpc/v1/policy.proto";\n'
POLICY = "option (anlan.rpc.v1.policy) = {kind: METHOD_KIND_READ permission: \"p\"};"
CONTRACTS = {
    "a good one": ("service S { rpc M(A) returns (A) { " + POLICY + " } } message A { string id = 1; }", None),
    "recursive": ("service S { rpc M(A) returns (A) { " + POLICY + " } } message A { B b = 1; } message B { A a = 1; }",
                  "recursive message"),
    "no policy": ("service S { rpc M(A) returns (A); } message A { string id = 1; }", "no policy"),
    "no permission": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: METHOD_KIND_READ}; } } "
                      "message A { string id = 1; }", "no permission"),
    "anonymous and permitted": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: "
                                "METHOD_KIND_WORK permission: \"p\" anonymous: true}; } } message A { string id = 1; }",
                                "a permission, or anonymous"),
    "inner and permitted": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: "
                            "METHOD_KIND_MUTATION permission: \"p\" inner: true}; } } message A { string id = 1; }",
                            "or inner"),
    "an inner read": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: METHOD_KIND_READ "
                      "inner: true}; } } message A { string id = 1; }", "only a mutation is inner"),
    "an anonymous read": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: METHOD_KIND_READ "
                          "anonymous: true}; } } message A { string id = 1; }", "only work is anonymous"),
    "no request_id": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: METHOD_KIND_MUTATION "
                      "permission: \"p\"}; } } message A { string id = 1; }", "request_id"),
    "unknown field": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: METHOD_KIND_READ "
                      "permission: \"p\" tenant_field: \"x\"}; } } message A { string id = 1; }", "names no string field"),
    "a loose tenant": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: METHOD_KIND_READ "
                       "permission: \"p\" tenant_field: \"id\"}; } } message A { string id = 1; }", "must be required"),
    "a home that is no bool": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: "
                               "METHOD_KIND_MUTATION permission: \"p\" home_field: \"id\" home_permission: \"a.read\"}; } } "
                               "message A { string id = 1; }", "names no bool field"),
    "a home without a unit": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: "
                              "METHOD_KIND_MUTATION permission: \"p\" home_field: \"own\" home_permission: \"a.read\"}; } } "
                              "message A { bool own = 1; }", "for a mutation with unit_field"),
    "an accounted change": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: "
                            "METHOD_KIND_MUTATION permission: \"p\" accounted: true}; } } message A { string request_id = 1 "
                            "[(anlan.rpc.v1.rule) = {required: true, format: FORMAT_UUID7}]; }", "only a READ and a LIST"),
    "an export of nobody's": ("service S { rpc M(A) returns (B) { option (anlan.rpc.v1.policy) = {kind: METHOD_KIND_LIST "
                              "permission: \"p\" accounted: true}; } } message A { string purpose = 1 "
                              "[(anlan.rpc.v1.rule) = {required: true}]; } message B { repeated C c = 1; } "
                              "message C { string id = 1; }", "has not all of id, tenant_id"),
    "accounted for nothing": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: METHOD_KIND_READ "
                              "permission: \"p\" accounted: true}; } } message A { string id = 1; }",
                              "no string field 'purpose'"),
    "kept and not accounted": ("service S { rpc M(A) returns (A) { option (anlan.rpc.v1.policy) = {kind: METHOD_KIND_READ "
                               "permission: \"p\" kept: true}; } } message A { string id = 1; }",
                               "only an accounted READ"),
    "a long name": ("service S { rpc M(A) returns (A) { " + POLICY + " } } message A { string " + "a" * 64 + " = 1; }",
                    "over 63 bytes"),
}
STATEMENTS = {
    "a good one": ("SELECT :a.b::int, 'x:y', \"c:d\" -- :no\n", None, '"a.b"'),
    "two statements": ("SELECT 1; SELECT 2", "without a semicolon", None),
}


def run(arguments):
    return subprocess.run(arguments, capture_output=True, text=True)


def check(name, result, expected):
    if expected is None and result.returncode != 0:
        sys.exit(f"{name}: refused: {result.stderr}")
    if expected is not None and (result.returncode == 0 or expected not in result.stderr):
        sys.exit(f"{name}: expected '{expected}', got {result.returncode} {result.stderr}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, (text, expected) in CONTRACTS.items():
            (folder / "trial.proto").write_text(HEAD + text)
            made = run(["protoc", f"-I{TOP}/proto", f"-I{folder}", "--include_imports",
                        f"--descriptor_set_out={folder}/set", f"{folder}/trial.proto", "anlan/rpc/v1/status.proto"])
            check(name, made, None)
            check(name, run([sys.executable, f"{TOP}/common/gen/policy_tables.py", f"{folder}/set", f"{folder}/out"]), expected)
        for name, (text, expected, holds) in STATEMENTS.items():
            (folder / "one.sql").write_text(text)
            check(name, run([sys.executable, f"{TOP}/common/gen/embed_sql.py", "statements", "p", f"{folder}/p",
                             f"{folder}/one.sql"]), expected)
            if holds and holds not in (folder / "p.c").read_text():
                sys.exit(f"{name}: no {holds}")
        (folder / "0002_x.sql").write_text("SELECT 1;")
        check("a gap", run([sys.executable, f"{TOP}/common/gen/embed_sql.py", "migrations", "p", f"{folder}/p",
                            f"{folder}/0002_x.sql"]), "expected number 0001")
    print(f"{len(CONTRACTS)} contracts, {len(STATEMENTS)} statements")


main()
