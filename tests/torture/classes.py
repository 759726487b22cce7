"""Every class of mutations, by the name that the table prints.

Put a new class into ``CLASSES``. A class belongs into ``UNSEEN_WITHOUT_HEAD`` only if the guide says so: nobody without a head that was
noted down elsewhere can tell such an archive from an honest one.
"""

from __future__ import annotations

from tests.torture import mutations_files as files
from tests.torture import mutations_forged as forged
from tests.torture.site import Mutation

CUT, REWRITTEN = "tail cut", "full rewrite by the key holder"
UNSEEN_WITHOUT_HEAD = {CUT, REWRITTEN}

CLASSES: dict[str, Mutation] = {
    "bit flip": files.flip_bit,
    "byte set": files.set_byte,
    "truncate": files.truncate,
    "append": files.append,
    "bytes put in or cut out": files.insert_or_cut_out,
    "lines doubled, cut, exchanged": files.change_lines,
    "delete a file": files.delete_file,
    "add a file": files.add_file,
    "swap two files": files.swap_files,
    "rename": files.rename,
    "link": files.link,
    "special file": files.special_file,
    "duplicate in other case": files.duplicate_in_other_case,
    "reorder seals": files.reorder_seals,
    "package cut with its seal": files.cut_package,
    CUT: files.cut_tail,
    "everything gone": files.empty,
    "script altered": files.alter_script,
    "back-date a seal": forged.back_date,
    "forged memo without the key": forged.forge_memo,
    "forged memo with the key": forged.forge_memo_with_key,
    "database edit, all re-hashed": forged.edit_database,
    "database edit, events chained": forged.edit_database_and_ledger_file_only,
    REWRITTEN: forged.rewrite_with_key,
    "package added without the key": forged.add_package,
    "signature armor padded": forged.pad_armor,
    "signature of another namespace": forged.wrong_namespace,
    "signatures swapped": forged.swap_signatures,
    "signature strange or gone": forged.strange_signature,
    "forged removal": forged.forge_removal,
    "packages.txt added": forged.name_packages,
    "archive of a stranger": forged.replace_archive,
}
