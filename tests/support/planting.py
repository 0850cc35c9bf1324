# SPDX-License-Identifier: Apache-2.0
"""Plants faults in copies of sources: what oracle/mutants.py and fault/mutants.py share.

A mutant is an edit of one place of one file. Where the place is gone the build fails: then the mutant is to be rewritten
for the code as it is now, never left out.
"""
import pathlib
import sys
from dataclasses import dataclass


@dataclass
class Mutant:
    name: str
    what: str
    file: str       # in the folder that main is given
    old: str        # stands there once
    new: str


def mutated(mutant, folder):
    text = (folder / mutant.file).read_text()
    if text.count(mutant.old) != 1:
        sys.exit(f"mutant {mutant.name}: its place stands {text.count(mutant.old)} times in {folder / mutant.file}")
    return text.replace(mutant.old, mutant.new)


def main(mutants, folder=""):
    """--names: the names, one a line, each with its file. NAME TOP OUT: writes the file with the fault to OUT."""
    if sys.argv[1:] == ["--names"]:
        print("\n".join(f"{mutant.name} {mutant.file}" for mutant in mutants))
        return
    name, top, out = sys.argv[1:]
    mutant = next(mutant for mutant in mutants if mutant.name == name)
    pathlib.Path(out).write_text(mutated(mutant, pathlib.Path(top) / folder))
