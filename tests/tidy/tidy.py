#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The style of the sources, as a test.

usage: tidy.py [--self-test] [TOP]

Reads the files below TOP and prints a line for each fault. --self-test plants faults in a copy of a small tree and
checks that each is found.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

TOP_LEVEL = {"proto", "services", "common", "deploy", "tests", "CMakeLists.txt", "docker-compose.yml", "README.md"}
LAYERS = {
    "base": {"base"},
    "log": {"base", "log"},
    "config": {"base", "config"},
    "metrics": {"base", "metrics"},
    "crypto": {"base", "crypto"},
    "pg": {"base", "crypto", "pg"},
    "rpc": {"base", "crypto", "rpc"},
    "client": {"base", "crypto", "rpc", "client"},
    "send": {"base", "crypto", "send"},
    "feed": {"base", "log", "config", "crypto", "pg", "rpc", "feed"},
    "access": {"base", "log", "config", "crypto", "access"},
    "service": {"base", "log", "config", "crypto", "pg", "rpc", "feed", "access", "metrics", "service"},
}
ONLY = {"libpq-fe.h": "common/pg", "nng/": "common/rpc", "openssl/": "common/crypto",
        "microhttpd.h": "common/metrics", "curl/": "common/send"}
DOMAIN_WORDS = re.compile(r"\b(hazards?|rectif\w*|inspection\w*|campaign\w*|accidents?|look.?back|隐患|整改|销号)\b", re.I)
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|atof|alloca|rand|srand)\s*\(")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
FILE_LINES, FUNCTION_LINES = 600, 70
FUNCTION = re.compile(r"^(?!static const|typedef|#)[A-Za-z_][\w \*]*?\b(\w+)\([^;{]*\)\n\{\n(.*?)^\}", re.M | re.S)


def files_of(top):
    if (top / ".git").exists():
        names = subprocess.run(["git", "-C", str(top), "ls-files", "-co", "--exclude-standard"], check=True,
                               capture_output=True, text=True).stdout.split("\n")
        return [top / name for name in names if name and (top / name).is_file()]
    return [path for path in top.rglob("*") if path.is_file() and "build" not in path.parts[len(top.parts):]]


def read_ratchet(top):
    path = top / "tests/tidy/ratchet.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.split()[0]: int(line.split()[1]) for line in lines if line and not line.startswith("#")}


class Tidy:
    def __init__(self, top):
        self.top = top
        self.faults = []
        self.ratchet = read_ratchet(top)
        self.used = set()

    def fault(self, path, line, text):
        self.faults.append(f"{path}:{line}: {text}")

    def length(self, name, lines, limit, path, line):
        allowed = self.ratchet.get(name, limit)
        if name in self.ratchet:
            self.used.add(name)
            if lines <= limit or lines < allowed:
                self.fault(path, line, f"{name} has {lines} lines now: tests/tidy/ratchet.txt can shrink")
        if lines > allowed:
            self.fault(path, line, f"{name} has {lines} lines, more than {allowed}")

    def check_top(self, names):
        for name in sorted(names):
            if name not in TOP_LEVEL and not name.startswith("."):
                self.fault(name, 0, "does not belong at the top level")

    def check_includes(self, name, text):
        layer = name.split("/")[1] if name.startswith("common/") else None
        for number, line in enumerate(text.split("\n"), 1):
            match = re.match(r'#include ["<]([^">]+)[">]', line)
            if not match:
                continue
            included = match.group(1)
            for header, folder in ONLY.items():
                if included.startswith(header) and not name.startswith((folder, "tests/")):
                    self.fault(name, number, f"{included} belongs in {folder} only")
            target = included.split("/")[0]
            if layer in LAYERS and target in LAYERS and target not in LAYERS[layer]:
                self.fault(name, number, f"{layer} must not include {included}")
            if name.startswith("common/") and re.match(r"anlan/(hazards|tasks|notifications)", included):
                self.fault(name, number, "common/ knows no service's contract")
            if included.startswith("anlan/organisations") and name.startswith("common/") and layer != "access":
                self.fault(name, number, "only common/access reads the directory's records")

    def check_text(self, name, text):
        first = text.split("\n", 2)
        if "SPDX-License-Identifier" not in "".join(first[:2]):
            self.fault(name, 1, "no SPDX line")
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip() or "\t" in line and not name.endswith((".md", ".txt")):
                self.fault(name, number, "white space")
            if UNFINISHED.search(line) and "tidy.py" not in name:
                self.fault(name, number, "unfinished")
            if name.startswith("common/") and DOMAIN_WORDS.search(line):
                self.fault(name, number, "a domain word in common/")

    def check_code(self, name, text):
        for number, line in enumerate(text.split("\n"), 1):
            if BANNED.search(line):
                self.fault(name, number, "a banned function")
        self.length(name, text.count("\n"), FILE_LINES, name, 0)
        prefix = name.rsplit("/", 1)[-1].split(".")[0]
        for match in FUNCTION.finditer(text):
            number = text[:match.start()].count("\n") + 1
            self.length(f"{name}:{match.group(1)}", match.group(2).count("\n"), FUNCTION_LINES, name, number)
        return prefix

    def check_header(self, name, text):
        previous = ""
        for number, line in enumerate(text.split("\n"), 1):
            declares = re.match(r"^(?!static|typedef|extern|struct \w+;|#|//|\}|enum)[a-zA-Z_][\w \*]*\(", line)
            if declares and not re.match(r"^(//|[a-zA-Z_].*[;,)]$|\s)", previous):
                self.fault(name, number, "a function without a comment")
            if line.strip():
                previous = line
            elif not line:
                previous = ""
        if "#pragma once" not in text:
            self.fault(name, 1, "no #pragma once")

    def run(self):
        paths = files_of(self.top)
        self.check_top({path.relative_to(self.top).parts[0] for path in paths})
        for path in paths:
            name = str(path.relative_to(self.top))
            if path.suffix not in (".c", ".h", ".proto", ".py", ".sql", ".part") and not name.endswith("/run"):
                continue
            text = path.read_text()
            if path.suffix == ".part":
                continue
            self.check_text(name, text)
            if path.suffix in (".c", ".h"):
                self.check_includes(name, text)
                self.check_code(name, text)
            if path.suffix == ".h" and name.startswith("common/"):
                self.check_header(name, text)
            if path.suffix == ".sql" and not re.search(r"/(sql|migrations)/|^deploy/databases\.sql$", name):
                self.fault(name, 0, ".sql stands in sql/ or migrations/")
        for name in sorted(set(self.ratchet) - self.used):
            self.fault("tests/tidy/ratchet.txt", 0, f"{name} is needed no more")
        return self.faults


SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
PLANTED = {
    "common/base/up.c": (SPDX + '#include "rpc/server.h"\n', "base must not include"),
    "common/rpc/db.c": (SPDX + "#include <libpq-fe.h>\n", "belongs in common/pg only"),
    "services/x/tls.c": (SPDX + "#include <openssl/evp.h>\n", "belongs in common/crypto only"),
    "services/x/scrape.c": (SPDX + "#include <microhttpd.h>\n", "belongs in common/metrics only"),
    "services/x/wire.c": (SPDX + "#include <nng/nng.h>\n", "belongs in common/rpc only"),
    "common/base/word.c": (SPDX + "// a hazard\n", "a domain word"),
    "common/base/banned.c": (SPDX + "void f(char *a)\n{\n    strcpy(a, a);\n}\n", "a banned function"),
    "common/base/long.c": (SPDX + "int f(void)\n{\n" + "    ;\n" * 71 + "}\n", "has 71 lines"),
    "common/base/large.c": (SPDX + "//\n" * 601, "more than 600"),
    "common/base/bare.c": ("int x;\n", "no SPDX line"),
    "common/base/mute.h": (SPDX + "#pragma once\n\nint mute(void);\n", "a function without a comment"),
    "common/base/space.c": (SPDX + "int x; \n", "white space"),
    "services/x/stray.sql": ("-- SPDX-License-Identifier: Apache-2.0\nSELECT 1\n", ".sql stands in"),
    "extra/file.c": (SPDX, "does not belong at the top level"),
    "common/feed/later.c": (SPDX + "// " + "TO" + "DO\n", "unfinished"),
}


def self_test():
    for name, (text, expected) in PLANTED.items():
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True)
            path.write_text(text)
            faults = Tidy(pathlib.Path(folder)).run()
            if len([fault for fault in faults if expected in fault]) != 1:
                sys.exit(f"{name}: expected '{expected}', found {faults}")
    print(f"{len(PLANTED)} planted faults, each found")


def main():
    if "--self-test" in sys.argv:
        self_test()
        return
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    faults = Tidy(top).run()
    print("\n".join(faults) or "tidy")
    sys.exit(1 if faults else 0)


main()
