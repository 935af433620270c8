#!/usr/bin/env bash
# Shows that a new user can start: with an empty environment (env -i), a new HOME and a fresh `git clone` of this checkout's HEAD, and a PATH
# that holds nothing but node, npm, git and the base tools of any Unix (no browser, no editor), it runs `npm start` once and then `npm test`.
#
#   .ci/cleanClone.sh                   the bare case: VS Code and the browser are installed anew from npm
#   .ci/cleanClone.sh --share-cache     use VS Code, the browser and the generated repositories of this user's cache (faster)
#   .ci/cleanClone.sh --start-only      only `npm start`
#   .ci/cleanClone.sh -- unit           arguments for `npm test`
set -Eeuo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

share='' start_only=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --share-cache) share=1 ;;
    --start-only) start_only=1 ;;
    --) shift; break ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
  esac
  shift
done

place=$(mktemp -d "${TMPDIR:-/tmp}/hearth-clean-XXXXXX")
trap 'rm -rf "$place"' EXIT
mkdir "$place/home" "$place/bin" "$place/tmp"

# One folder of links, so that whatever else is on this machine (a browser, an editor, another node) cannot help.
for tool in node npm npx git; do
  path=$(command -v "$tool") || { [[ $tool == npx ]] && continue; echo "$tool is missing" >&2; exit 2; }
  ln -s "$(readlink -f "$path")" "$place/bin/$tool"
done
for tool in sh bash env cat touch ls cp mv rm mkdir rmdir ln chmod chown readlink dirname basename uname id whoami hostname date sleep sed grep awk cut tr \
  sort uniq head tail wc tee find xargs tar gzip gunzip xz ps kill mktemp mkfifo stat test expr printf echo true false which getconf ldd nproc tty stty; do
  if path=$(type -P "$tool"); then ln -sf "$path" "$place/bin/$tool"; fi
done

environment=(HOME="$place/home" PATH="$place/bin" TMPDIR="$place/tmp" LANG=C.UTF-8)
# Not a tool but the way to the registry, where a machine has a special one.
for name in npm_config_registry npm_config_cafile HTTPS_PROXY HTTP_PROXY NO_PROXY https_proxy http_proxy no_proxy NODE_EXTRA_CA_CERTS SSL_CERT_FILE; do
  if [[ -n ${!name:-} ]]; then environment+=("$name=${!name}"); fi
done
if [[ -n $share ]]; then environment+=(HEARTH_CACHE="${HEARTH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hearth}"); fi
clean() { (cd "$place/hearth" 2>/dev/null || cd "$place" && env -i "${environment[@]}" "$@"); }

if [[ -n $(git -C "$source" status --porcelain 2>/dev/null) ]]; then echo 'Note: uncommitted changes of this checkout are not in the clone.'; fi
echo "Fresh clone of $(git -C "$source" rev-parse --short HEAD) with node $(clean node --version), npm $(clean npm --version), $(clean git --version)"
clean git clone --quiet "file://$source" "$place/hearth"
if clean sh -c 'command -v chromium google-chrome code' >/dev/null; then echo 'a browser or an editor is reachable: not a bare machine' >&2; exit 2; fi

began=$SECONDS
echo
echo '── HEARTH_START_ONCE=1 npm start ──'
code=0
clean HEARTH_START_ONCE=1 npm start || code=$?
echo "npm start ended with code $code after $((SECONDS - began)) s"
((code == 0)) || exit 1
[[ -z $start_only ]] || exit 0

began=$SECONDS
echo
echo '── npm test ──'
clean npm test -- "$@" || code=$?
echo "npm test ended with code $code after $((SECONDS - began)) s"
exit "$code"
