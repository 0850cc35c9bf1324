# SPDX-License-Identifier: Apache-2.0
"""Faults that are planted in copies of anlan-hazards: a storm and its checker must find each one.

usage: mutants.py --names            the names, one a line, each with its file
       mutants.py NAME TOP OUT       writes the file with the fault to OUT

A mutant is an edit of one place of one file. Where the place is gone the build fails: then the mutant is to be rewritten
for the code as it is now, never left out.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
sys.dont_write_bytecode = True
from planting import Mutant, main  # noqa: E402

MUTANTS = [
    Mutant("answered_early", "calls are answered whether their transaction was committed or not", "common/service/batch.c",
           """\
        if (!skip(batch))
            return false;
    bool committed = pg_finish(batch->lane->connection, batch->deadline, batch->status);
""", """\
        skip(batch);
    bool committed = true;
    pg_finish(batch->lane->connection, batch->deadline, batch->status);
"""),
    Mutant("repeats_forgotten", "an earlier result of a request_id is not found", "common/service/batch.c",
           "            if (is_of(jobs[i], result))\n", "            if (is_of(jobs[i], result) && jobs[i]->position < 0)\n"),
    Mutant("count_kept", "a record does not leave the counters of its image before", "common/service/counts.c",
           "change->after ? add(record, tenant_id, change->before, -1", "change->after ? add(record, tenant_id, change->before, 0"),
    Mutant("row_forgotten", "a change has its entry and not its row", "common/service/batch.c",
           "        const struct service_change *change = &job->changes[i];\n        if (!change->after)\n",
           "        const struct service_change *change = &job->changes[i];\n        if (!change->after || change->before)\n"),
    Mutant("position_skipped", "the head moves further than the log", "common/service/batch.c",
           "append->head_after[append->n_head_after++] = part->head_after;",
           "append->head_after[append->n_head_after++] = part->head_after + 1;"),
]


if __name__ == "__main__":
    main(MUTANTS)
