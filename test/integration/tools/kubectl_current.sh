#!/usr/bin/env bash
# kubectl_current.sh [DIR]: leaves a current kubectl at DIR/kubectl (default: ${XDG_CACHE_HOME:-~/.cache}/xtrinode/kubectl-current)
# and prints its path. Built from source through the Go module proxy, once: `go install` cannot build it, because
# k8s.io/kubernetes replaces its staging modules by folders, so a small module of our own repeats those replaces as versions.
# Needs Go 1.26 or later. Exit status 3: no Go here, or the proxy cannot be reached (callers report "not run").
set -euo pipefail
version=${KUBECTL_VERSION:-1.36.3}
target=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/xtrinode/kubectl-current}
if [ -x "$target/kubectl" ] && "$target/kubectl" version --client 2>/dev/null | grep -qF "v$version"; then
  echo "$target/kubectl"
  exit 0
fi
command -v go >/dev/null || { echo "kubectl_current.sh: Go is not installed" >&2; exit 3; }

work=$(mktemp -d)
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS=-mod=mod GOTOOLCHAIN=local CGO_ENABLED=0 GOCACHE=$work/cache
staging=v0.${version#1.}
cat > go.mod <<MOD
module kubectlcurrent
go 1.26.0
godebug default=go1.26
require k8s.io/kubernetes v$version
tool k8s.io/kubernetes/cmd/kubectl
MOD
go mod download "k8s.io/kubernetes@v$version" || { echo "kubectl_current.sh: k8s.io/kubernetes v$version cannot be fetched" >&2; exit 3; }
source_mod=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^\t"GoMod": "\(.*\)",\?$/\1/p')
# "k8s.io/api => ./staging/src/k8s.io/api" becomes "k8s.io/api => k8s.io/api v0.36.3"
sed -n 's/^\t\(replace \)\?\(k8s\.io\/[^ ]*\) => \.\/staging\/.*$/\2/p' "$source_mod" | sort -u |
  while read -r module; do echo "replace $module => $module $staging"; done >> go.mod
grep -q '^replace' go.mod || { echo "kubectl_current.sh: no staging replaces found in $source_mod" >&2; exit 1; }
go list -deps tool > deps 2> errors || { tail -5 errors >&2; exit 3; }
stamp="-X k8s.io/component-base/version.gitVersion=v$version -X k8s.io/client-go/pkg/version.gitVersion=v$version"
GOFLAGS="-mod=readonly -p=2" go build -trimpath -ldflags "-s -w $stamp" -o kubectl k8s.io/kubernetes/cmd/kubectl
mkdir -p "$target"
mv kubectl "$target/kubectl.new"
mv "$target/kubectl.new" "$target/kubectl"
echo "$target/kubectl"
