#!/usr/bin/env python3
"""Writes a C++ source that holds the CustomResourceDefinitions, so that the sandbox needs no file beside its program.

  embed_crds.py OUTPUT FILE...
"""
import sys

CHUNK = 16000  # below the length that compilers must accept for one string literal; neighbours are joined


def literal(text):
    pieces = [text[i:i + CHUNK] for i in range(0, len(text), CHUNK)]
    return "\n".join('R"crd(%s)crd"' % p for p in pieces)


output, files = sys.argv[1], sys.argv[2:]
with open(output, "w") as out:
    out.write('// Generated from manifests/crds by cli/embed_crds.py.\n#include "cli/crd_manifests.hpp"\n\nnamespace xtn::cli {\n\n')
    out.write("std::vector<std::string> crd_manifests() {\n    return {\n")
    for name in files:
        with open(name) as f:
            out.write(literal(f.read()) + ",\n")
    out.write("    };\n}\n\n} // namespace xtn::cli\n")
