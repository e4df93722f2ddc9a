#!/usr/bin/env python3
"""Writes a header that names the source text of everything that folds events: a snapshot of folded state is used only by the code
that made it, without anybody having to remember to raise a number.

  fold_sources.py NAME ROOT OUTPUT DEPFILE FOLDER...
"""
import hashlib, os, sys


def main():
    constant, root, output, depfile, folders = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
    found, looked_at = [], []
    for folder in folders:
        for at, below, names in os.walk(os.path.join(root, folder)):
            below.sort()
            looked_at.append(at)
            found += [os.path.join(at, name) for name in names if name.endswith((".cpp", ".hpp"))]
    digest = hashlib.sha256()
    for path in sorted(found):
        with open(path, "rb") as file:
            content = file.read()
        digest.update(("%s\n%d\n" % (os.path.relpath(path, root), len(content))).encode())
        digest.update(content)
    text = ("// Made by projections/fold_sources.py.\n#pragma once\n\n#include <string_view>\n\nnamespace xtn {\n\n"
            "inline constexpr std::string_view %s = \"%s\";\n\n} // namespace xtn\n" % (constant, digest.hexdigest()[:16]))
    old = None
    if os.path.exists(output):
        with open(output) as file:
            old = file.read()
    if old != text:
        with open(output, "w") as file:
            file.write(text)
    with open(depfile, "w") as file:
        file.write("%s: %s\n" % (output, " ".join(path.replace(" ", "\\ ") for path in looked_at + sorted(found))))


if __name__ == "__main__":
    main()
