#!/bin/sh
# Verifies an evidence archive with stock tools: sha256sum, find, awk, and ssh-keygen where seals are signed. Reads only, no network.
#
#   sh verify.sh [--signers FILE] [--head DIGEST] [--since N] [--time-roots FILE] [--whole] [ARCHIVE]
#   ARCHIVE: where this script lies, if left out
#
# Ends with 0 only when every check passed, 1 when something was altered, 3 when that cannot be told, 2 for words it does not know.
# FILE and DIGEST must come from elsewhere than the archive, and so should the copy of this script that you run: what lies beside the
# evidence can have been altered with it. The rules are those of `proofloop evidence verify`.
set -eu
unset CDPATH IFS GREP_OPTIONS # each would give words below another meaning
LC_ALL=C
export LC_ALL
umask 077

T='' finished=''
# shellcheck disable=SC2317,SC2329 # called by the trap
leave() {
  [ -z "$T" ] || rm -rf "$T"
  [ -n "$finished" ] || { echo 'verdict inconclusive'; echo 'inconclusive: the verification did not come to its end'; exit 3; }
}
trap leave EXIT
trap 'exit 3' HUP INT TERM
end() { finished=1; exit "$1"; }
cannot() { echo 'verdict inconclusive'; echo "inconclusive: $1"; end 3; }
usage() { echo "usage: sh verify.sh [--signers FILE] [--head DIGEST] [--since N] [--time-roots FILE] [--whole] [ARCHIVE]; found $1" >&2; end 2; }
absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$PWD" "$1" ;; esac; }

SIGNERS='' HEAD='' SINCE=0 ROOTS='' WHOLE='' ARCHIVE=''
while [ $# -gt 0 ]; do
  case $1 in
    --signers | --head | --since | --time-roots) [ $# -gt 1 ] || usage "nothing after $1" ;;
  esac
  case $1 in
    --signers) SIGNERS=$(absolute "$2"); shift ;;
    --head)
      HEAD=${2#sha256:}
      case $HEAD in *[!0-9a-f]*) HEAD='' ;; esac
      [ ${#HEAD} -eq 64 ] || usage "--head '$2', which is not a digest: sha256: and 64 of 0-9a-f"
      HEAD=sha256:$HEAD; shift ;;
    --since)
      case $2 in '' | *[!0-9]* | ???????*) usage "--since $2" ;; esac
      SINCE=$2; shift
      while [ "${SINCE#0?}" != "$SINCE" ]; do SINCE=${SINCE#0}; done ;;
    --time-roots) ROOTS=$(absolute "$2"); shift ;;
    --whole) WHOLE=1 ;;
    -*) usage "$1" ;;
    *) [ -z "$ARCHIVE" ] || usage "a second archive"; ARCHIVE=$1 ;;
  esac
  shift
done
SELF=$(absolute "$0")
[ -n "$ARCHIVE" ] || ARCHIVE=${SELF%/*}

for tool in awk cat cmp cut find grep mkdir mktemp rm sha256sum sort touch uniq wc; do
  command -v "$tool" > /dev/null || cannot "this machine has no $tool"
done
[ "$(printf abc | sha256sum)" = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -' ] || cannot 'sha256sum does not work'
[ -d "$ARCHIVE" ] || cannot "$ARCHIVE: expected a folder that holds an archive, found none"
T=$(mktemp -d)
export T SIGNERS HEAD SINCE ROOTS WHOLE
cd "$ARCHIVE" || cannot "$ARCHIVE cannot be opened"
: > "$T/problems"
: > "$T/facts"
mkdir "$T/bundles" "$T/events"

# What lies here. A name with a line end would be read as two.
all() { find . -path ./.publish -type d -prune -o "$@"; }
# shellcheck disable=SC2140 # the pattern holds a line end
all -name "*
*" -print > "$T/broken" || cannot 'the archive cannot be listed'
if [ -s "$T/broken" ]; then
  echo 'verdict fail'
  echo 'fail: expected letters, digits and _.- in names, found a line end'
  end 1
fi
all -type f -print > "$T/files" || cannot 'the archive cannot be listed'
all -type d -print > "$T/folders" || cannot 'the archive cannot be listed'
all ! -type f ! -type d -print > "$T/others" || cannot 'the archive cannot be listed'
# A file that cannot be read has no line here, and counts as unread.
digest() { find "$@" -type f -exec sha256sum {} + >> "$T/sums" 2> /dev/null || echo unread >> "$T/unread"; }
: > "$T/sums"
if [ "$SINCE" = 0 ]; then
  digest . -path ./.publish -prune -o
else
  [ ! -d seals ] || digest seals
  for folder in [0-9][0-9][0-9][0-9][0-9][0-9]; do
    case $folder in *[!0-9]*) continue ;; esac
    [ ! -d "$folder" ] || [ "1$folder" -le "$((1000000 + SINCE))" ] || digest "$folder"
  done
fi
all -type f -exec wc -c {} + > "$T/sizes" 2> /dev/null || echo unread >> "$T/unread"
[ ! -f "$T/unread" ] || echo 'inconclusive: .: expected files that can be read, found some that cannot' >> "$T/problems"
if [ -f verify.sh ] && [ ! -h verify.sh ] && ! cmp -s verify.sh "$SELF"; then
  echo 'inconclusive: verify.sh: expected the script that is running, found another: of another version, or altered' >> "$T/problems"
fi

COMMON='
function problem(verdict, file, expected, found) {
  text = verdict ": " file ": expected " expected ", found " found
  gsub(/[^ -~]/, "?", text)
  print text >> (ENVIRON["T"] "/problems")
}
function fail(file, expected, found) { problem("fail", file, expected, found) }
function unsure(file, expected, found) { problem("inconclusive", file, expected, found) }
function plain(number) { return sprintf("%.0f", number) }
function is_hex(text) { return length(text) == 64 && text !~ /[^0-9a-f]/ }
function is_digest(text) { return substr(text, 1, 7) == "sha256:" && is_hex(substr(text, 8)) }
# Reads a file into line[1..count]; 0 when a byte would be lost on the way (no line end at the end, a byte that awk does not keep).
function slurp(path,   text, bytes, status) {
  count = bytes = 0
  while ((status = (getline text < path)) > 0) { line[++count] = text; bytes += length(text) + 1 }
  close(path)
  return status == 0 && bytes == size[path]
}
function relative(path) { sub(/^\.\//, "", path); return path }
function read_list(name,   text, status) {
  count = 0
  while ((status = (getline text < (ENVIRON["T"] "/" name))) > 0) line[++count] = text
  close(ENVIRON["T"] "/" name)
  if (status < 0) exit 9
}
'
# Everything but hashes of events and bundles, and signatures. Writes what those need into files.
# shellcheck disable=SC2016 # awk programs
JUDGE=$COMMON'
function is_name(name,   low, stem) {
  low = tolower(name); stem = low; sub(/\..*/, "", stem)
  return length(name) <= 64 && name ~ /^[A-Za-z0-9][A-Za-z0-9_.-]*$/ && name !~ /\.$/ && stem !~ /^(con|prn|aux|nul|com[1-9]|lpt[1-9])$/
}
function has(n, suffix) { return (("seals/" six(n) suffix) in file) }
function six(n) { return sprintf("%06d", n) }
function expected_here(n) { return !partial || (n in named) }
function claim(n) { claimed[n + 0] = 1; if (n + 0 > last) last = n + 0 }

function list(   i, path, parts, n) {
  read_list("files")
  for (i = 1; i <= count; i++) {
    path = relative(line[i])
    file[path] = 1
    if (path == "packages.txt" || path == "verify.sh") continue
    if (path ~ /^seals\/[0-9][0-9][0-9][0-9][0-9][0-9]\.(seal|seal\.sig|seal\.tsr|sha256)$/) { claim(substr(path, 7, 6)); continue }
    n = substr(path, 1, 6)
    if (path !~ /^[0-9][0-9][0-9][0-9][0-9][0-9]\/[^\/]*$/) { fail(path, "only packages and seal files", "an added file"); continue }
    if (!is_name(substr(path, 8))) fail(path, "a name that every file system keeps", "this name")
    if ((n, tolower(substr(path, 8))) in lower) fail(path, "names that differ in more than case", "another of the same letters")
    lower[n, tolower(substr(path, 8))] = 1
    inside[n + 0, ++files_in[n + 0]] = path
  }
  read_list("folders")
  for (i = 1; i <= count; i++) {
    path = relative(line[i])
    if (path == "." || path == "seals") continue
    if (path !~ /^[0-9][0-9][0-9][0-9][0-9][0-9]$/) { fail(path, "only package folders and the folder of seals", "an added folder"); continue }
    claim(path); package[path + 0] = 1
    if (!((path "/ledger.jsonl") in file)) fail(path "/ledger.jsonl", "the events since the seal before", "no file")
  }
  read_list("others")
  for (i = 1; i <= count; i++) fail(relative(line[i]), "regular files only", "a link or a special file")
}
function read_sums(   i, path) {
  read_list("sums")
  for (i = 1; i <= count; i++) if (is_hex(substr(line[i], 1, 64)) && substr(line[i], 65, 2) == "  ")
    sum[relative(substr(line[i], 67))] = "sha256:" substr(line[i], 1, 64)
  read_list("sizes")
  for (i = 1; i <= count; i++) { path = line[i]; sub(/^ *[0-9]+ +/, "", path); size[relative(path)] = line[i] + 0 }
}
function read_packages(   i, whole) {
  if (!("packages.txt" in file)) return
  whole = slurp("packages.txt") && count > 0
  for (i = 1; i <= count; i++)
    if (length(line[i]) != 6 || line[i] ~ /[^0-9]/ || line[i] + 0 == 0 || (i > 1 && line[i] + 0 <= line[i - 1] + 0)) whole = 0
  if (!whole) { unsure("packages.txt", "the numbers of the packages here, six digits a line, sorted", "other text"); return }
  partial = 1
  for (i = 1; i <= count; i++) { named[line[i] + 0] = 1; claim(line[i]) }
  if (ENVIRON["WHOLE"]) unsure("packages.txt", "a whole archive", "one that says it is partial")
}
function find_gaps(   n, before) {
  for (n = 0; n <= last; n++) if (n in claimed) {
    if (n != before + 1) fail(six(before + 1), "a package after " six(before), six(n) " next")
    before = n
    if ((n in package) && !expected_here(n)) fail(six(n), "only packages that packages.txt names", "an added folder")
    if (!(n in package) && expected_here(n)) fail(six(n), "the package that its seal files belong to", "no folder")
    if (n == last && (n in package) && !has(n, ".seal")) {
      unsure("seals/" six(n) ".seal", "the seal of the last package", "none: publishing was interrupted, or the seal was taken away")
      continue
    }
    if (!has(n, ".seal")) fail("seals/" six(n) ".seal", "this seal file", "no file")
    if (!has(n, ".sha256")) fail("seals/" six(n) ".sha256", "this seal file", "no file")
  }
}

function is_time(text,   year, month, day, long) {
  if (length(text) != 27 || text !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9]*Z$/) return 0
  year = substr(text, 1, 4) + 0; month = substr(text, 6, 2) + 0; day = substr(text, 9, 2) + 0
  long = month == 2 ? 28 + (year % 4 == 0 && (year % 100 || year % 400 == 0)) : 30 + (month < 8 ? month % 2 : 1 - month % 2)
  return year && month >= 1 && month <= 12 && day >= 1 && day <= long && substr(text, 12, 2) < 24 && substr(text, 15, 2) < 60 && substr(text, 18, 2) < 60
}
# Reads a seal into the arrays below, or complains.
function read_seal(n,   path, part, right, i) {
  path = "seals/" six(n) ".seal"
  if (!(path in sum)) return 0
  right = slurp(path) && count == 7 && line[1] == "evidence-seal/v1" && line[2] ~ /^seq: [0-9]*$/ && length(line[2]) == 11
  right = right && line[3] ~ /^prev: / && (line[3] == "prev: none" || is_digest(substr(line[3], 7)))
  right = right && line[4] ~ /^time: / && is_time(substr(line[4], 7))
  i = index(substr(line[5], 11), " ")
  right = right && line[5] ~ /^manifest: / && i == 72 && is_digest(substr(line[5], 11, 71)) && substr(line[5], 83) ~ /^[1-9][0-9]*$/ && length(line[5]) <= 91
  right = right && line[6] ~ /^events: (none|[1-9][0-9]*)-(0|[1-9][0-9]*) [0-9a-f]*$/
  if (right) {
    split(substr(line[6], 9), part, /[- ]/)
    right = length(part[1]) <= 18 && length(part[2]) <= 18 && is_hex(part[3]) && line[7] ~ /^bundle: / && is_digest(substr(line[7], 9))
  }
  if (!right) { fail(path, "the seven canonical lines of evidence-seal/v1", "other text"); return 0 }
  seq[n] = substr(line[2], 6); prev[n] = substr(line[3], 7); time[n] = substr(line[4], 7)
  manifest[n] = substr(line[5], 11, 71); listed_count[n] = substr(line[5], 83) ""
  first[n] = part[1] ""; end_seq[n] = part[2] ""; end_hash[n] = part[3]; bundle[n] = substr(line[7], 9)
  if (seq[n] != six(n)) fail(path, "seq " six(n), "seq " seq[n])
  return sealed[n] = 1
}
# Reads sha256sum lines into paths[1..listed] and digest_of, or returns 0.
function read_lines(path,   i, right, name, before) {
  right = slurp(path) && count > 0
  split("", digest_of)
  listed = 0; before = ""
  for (i = 1; i <= count && right; i++) {
    name = substr(line[i], 67)
    right = is_hex(substr(line[i], 1, 64)) && substr(line[i], 65, 2) == "  " && name ~ /^[A-Za-z0-9_.\/-]+$/ && (before "") < (name "")
    digest_of[name] = "sha256:" substr(line[i], 1, 64); paths[++listed] = name; before = name
  }
  return right
}
function read_manifest(n,   path, i, lines) {
  path = "seals/" six(n) ".sha256"
  if (!(path in sum)) return
  if (n in sealed && sum[path] != manifest[n]) fail(path, manifest[n] " as its seal says", sum[path])
  if (!read_lines(path)) { fail(path, "a canonical manifest", "other text"); return }
  if (n in sealed && listed_count[n] != listed "") fail(path, listed_count[n] " files as its seal says", listed)
  lines = ENVIRON["T"] "/bundles/" six(n)
  printf "" > lines
  for (i = 1; i <= listed; i++) {
    entry[n, i] = paths[i]; listing[n, paths[i]] = digest_of[paths[i]]
    if (substr(paths[i], 1, 7) == six(n) "/" && paths[i] != six(n) "/ledger.jsonl") {
      print substr(digest_of[paths[i]], 8) "  " substr(paths[i], 8) > lines
      if (paths[i] == six(n) "/removed.sha256") has_list[n] = 1
    }
  }
  close(lines)
  entries[n] = listed
  if (n in sealed) print "bundle", six(n), bundle[n] > (ENVIRON["T"] "/wanted")
}
function read_removals(n,   path, i, owner) {
  path = six(n) "/removed.sha256"
  if (!(path in sum) || !has(n, ".seal")) return
  if (!read_lines(path)) { fail(path, "a canonical list of removed files", "other text"); return }
  for (i = 1; i <= listed; i++) {
    owner = substr(paths[i], 1, 6) + 0
    if (paths[i] !~ /^[0-9][0-9][0-9][0-9][0-9][0-9]\/[A-Za-z0-9][A-Za-z0-9_.-]*$/ || owner >= n || paths[i] ~ /\/(ledger\.jsonl|removed\.sha256)$/)
      fail(path, "data files of earlier packages only", paths[i])
    else if (owner > since && listing[owner, paths[i]] != digest_of[paths[i]])
      fail(path, paths[i] " with the digest that its manifest lists", digest_of[paths[i]])
    if (!(paths[i] in excuse)) { excuse[paths[i]] = digest_of[paths[i]]; excused_by[paths[i]] = n }
  }
}
function compare_file(n, path, listed_digest,   i) {
  if (!(path in file) || !(substr(path, 1, 7) == six(n) "/" || substr(path, 1, 13) == "seals/" six(n - 1) ".")) {
    if (excuse[path] == listed_digest) { removed[excused_by[path]]++; return }
    for (i = substr(path, 1, 6) + 1; path ~ /^[0-9]/ && i <= last; i++) if (i in has_list && !expected_here(i)) {
      unsure(path, listed_digest " as its manifest says", "no such file, and a list of removed files that is not here")
      return
    }
    fail(path, listed_digest " as the manifest " six(n) " says", "no such file")
  } else if ((path in sum) && sum[path] != listed_digest) fail(path, listed_digest " as its manifest says", sum[path])
  else if (path in excuse) unsure(path, "no such file, as a later package says", "it is still there: finish the removal")
}
function compare_files(n,   i, path, suffix, k) {
  for (i = 1; i <= entries[n]; i++)
    if (expected_here(n) || substr(entry[n, i], 1, 7) != six(n) "/") compare_file(n, entry[n, i], listing[n, entry[n, i]])
  for (i = 1; i <= files_in[n]; i++) count_file(n, inside[n, i], 1)
  k = split(".seal .seal.sig .seal.tsr .sha256", suffix, " ")
  for (i = 1; i <= k; i++) { path = "seals/" six(n - 1) suffix[i]; if (path in file) count_file(n, path, suffix[i] != ".seal.tsr") }
}
function count_file(n, path, must_be_listed) {
  if (path in sum) { files_seen++; bytes_seen += size[path] } else unsure(path, "a file that can be read", "one that cannot")
  if (must_be_listed && (n in entries) && !((n, path) in listing)) fail(path, "only files that the manifest " six(n) " lists", "an added file")
}

# The chain of events. Each event is written to a file of its own, so that one sha256sum hashes thousands.
function follow_chain(n,   path, i, text, rest, comma, from) {
  path = six(n) "/ledger.jsonl"
  if (!(path in sum)) return
  from = at_seq
  if (!slurp(path)) { fail(path, "one line per event", "other text"); return }
  for (i = 1; i <= count; i++) {
    text = line[i]
    comma = index(text, ",")
    rest = substr(text, comma)
    if (substr(text, 1, 7) != "{\"seq\":" || substr(rest, 1, 9) != ",\"prev\":\"" || substr(rest, 74, 10) != "\",\"hash\":\"" ||
        substr(rest, 148, 10) != "\",\"body\":{" || substr(text, length(text) - 1) != "}}" || text ~ /[^ -~]/ || !is_hex(substr(rest, 84, 64))) {
      fail(path, "one line per event (seq, prev, hash, body)", "other text"); return
    }
    if (substr(text, 8, comma - 8) != plain(at_seq + 1)) { fail(path, "event " plain(at_seq + 1) " next", "event " substr(text, 8, comma - 8)); return }
    if (substr(rest, 10, 64) != at_hash) { fail(path, "prev " at_hash, substr(rest, 10, 64)); return }
    at_seq++; at_hash = substr(rest, 84, 64)
    put_event(path, substr(rest, 10, 64) substr(rest, 157, length(rest) - 157))
    if (index(text, "\"kind\":\"SealingKeyRotated\"")) note_rotation(n, text)
  }
  events_seen += at_seq - from
}
function put_event(path, text,   name) {
  name = ENVIRON["T"] "/events/" (++events)
  ORS = ""; print text > name; ORS = "\n"
  close(name)
  print "event", events, at_hash, path > (ENVIRON["T"] "/wanted")
  pending += length(text)
  if (events % 20000 == 0 || pending > 100000000) hash_events()
}
function hash_events() {
  pending = 0
  if (system("cd \"$T/events\" && find . -type f -exec sha256sum {} + >> ../hashes && find . -type f -exec rm -f {} +")) exit 9
}
function note_rotation(n, text,   part) {
  if (text !~ /"body":[{]"actor":"([^"\\]|\\.)*","as_of":"([^"\\]|\\.)*","business_date":"([^"\\]|\\.)*","data":[{]"bundle_digest":"sha256:[0-9a-f]*","from":"SHA256:[A-Za-z0-9+\/]*","to":"SHA256:[A-Za-z0-9+\/]*"[}],"issue":"","key":"([^"\\]|\\.)*","kind":"SealingKeyRotated","subject":"([^"\\]|\\.)*","system":"([^"\\]|\\.)*"[}][}]$/) return
  sub(/^.*"data":[{]"bundle_digest":"/, "", text); split(text, part, /"/)
  if (is_digest(part[1]) && length(part[5]) == 50 && length(part[9]) == 50) print "rotation", six(n), part[5], part[9] > (ENVIRON["T"] "/facts")
}
function compare_end(n, from_seq, from_hash) {
  if ((n in package) && (at_seq != end_seq[n] + 0 || at_hash != end_hash[n])) fail(six(n) "/ledger.jsonl", "events to " end_seq[n] " " end_hash[n] " as its seal says", "events to " plain(at_seq) " " at_hash)
  if (first[n] != (end_seq[n] + 0 > from_seq + 0 ? plain(from_seq + 1) : "none") || (first[n] == "none" && (end_seq[n] != plain(from_seq) || end_hash[n] != from_hash)))
    fail("seals/" six(n) ".seal", "events after " plain(from_seq) " " from_hash, first[n] "-" end_seq[n])
}

# Text that ssh-keygen would accept although it is not the text that it writes: looked at byte by byte.
function word(   length_of, i, text) {
  length_of = ((byte[at] * 256 + byte[at + 1]) * 256 + byte[at + 2]) * 256 + byte[at + 3]
  start = at + 4
  if (at + 4 > stop || start + length_of > stop) { at = stop + 1; return "\001" }
  at = start + length_of
  if (length_of > 40) return ""
  for (i = start; i < at; i++) text = text sprintf("%c", byte[i] > 31 && byte[i] < 127 ? byte[i] : 1)
  return text
}
function minimal_number() { word(); return at > start && byte[start] < 128 && (byte[start] > 0 || byte[start + 1] > 127 && at > start + 1) }
function below_order(   i) {
  for (i = 63; i >= 32; i--) if (byte[start + i] != order[i - 31]) return byte[start + i] < order[i - 31]
  return 0
}
function is_good_value(kind, made,   key_end, value_end, name, right) {
  # Two texts of one signature: an S that is not below the order, numbers with more bytes than they need.
  if (kind ~ /ed25519/) { word(); return at - start == 64 && below_order() }
  if (kind ~ /ecdsa/) { word(); value_end = at; at = start; right = minimal_number() && at < value_end && minimal_number(); return right && at == value_end }
  word()
  return made ~ /^rsa-sha2-(256|512)$/ && at - start == modulus_length
}
function is_armor(path,   i, j, text, bits, value, n, kind, made, key_start, key_end, value_start, value_end, namespace, algorithm, end_of_all) {
  if (!slurp(path) || count < 3 || line[1] != "-----BEGIN SSH SIGNATURE-----" || line[count] != "-----END SSH SIGNATURE-----") return 0
  n = 0; text = ""
  for (i = 2; i < count; i++) {
    if (length(line[i]) > 70 || (i < count - 1 && length(line[i]) != 70) || line[i] == "") return 0
    text = text line[i]
  }
  if (length(text) % 4 || text !~ /^[A-Za-z0-9+\/]*=?=?$/) return 0
  for (i = 1; i <= length(text); i += 4) {
    bits = 0
    for (j = 0; j < 4; j++) bits = bits * 64 + value_of[substr(text, i + j, 1)]
    byte[n++] = int(bits / 65536); byte[n++] = int(bits / 256) % 256; byte[n++] = bits % 256
  }
  if (text ~ /==$/) { if (byte[n - 1] || byte[n - 2]) return 0; n -= 2 } else if (text ~ /=$/) { if (byte[n - 1]) return 0; n -= 1 }
  at = 0; stop = n; end_of_all = n
  for (i = 0; i < 10; i++) if (byte[i] != magic[i + 1]) return 0
  at = 10
  word(); key_start = start; key_end = at
  namespace = word()
  if (word() != "" || start != at) return 0
  algorithm = word()
  word(); value_start = start; value_end = at
  if (at != end_of_all || namespace != "evidence-seal@v1" || algorithm !~ /^sha(256|512)$/) return 0
  at = key_start; stop = key_end; kind = word()
  if (kind == "ssh-rsa") { if (!minimal_number() || !minimal_number()) return 0; modulus_length = at - start - (byte[start] == 0); if (at != key_end) return 0 }
  if (kind ~ /ecdsa/) { word(); word(); if (byte[start] != 4) return 0 }
  at = value_start; stop = value_end; made = word()
  if (kind != "ssh-rsa" && made != kind) return 0
  if (kind !~ /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)$/) return 0
  return is_good_value(kind, made) && at == value_end - 5 * (kind ~ /^sk-/)
}
function prepare_armor(   i, letters) {
  letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  for (i = 1; i <= 64; i++) value_of[substr(letters, i, 1)] = i - 1
  split("83 83 72 83 73 71 0 0 0 1", magic, " ")
  split("237 211 245 92 26 99 18 88 214 156 247 162 222 249 222 20 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 16", order, " ")
}
function visit_signature(n, was_read,   path) {
  path = "seals/" six(n) ".seal.sig"
  print "visit", six(n), (n in sealed ? time[n] : "none"), (path in file ? (is_armor(path) ? "armor" : "other") : "unsigned"), was_read > (ENVIRON["T"] "/facts")
}

function inspect(n,   from_seq, from_hash) {
  packages_seen += n in package
  if (n in sealed && prev[n] != ((("seals/" six(n - 1) ".seal") in sum) ? sum["seals/" six(n - 1) ".seal"] : "none"))
    fail("seals/" six(n) ".seal", "prev " sum["seals/" six(n - 1) ".seal"], "prev " prev[n])
  compare_files(n)
  from_seq = at_seq; from_hash = at_hash
  if (n in package) follow_chain(n)
  if (has(n, ".seal") && has(n, ".seal.tsr")) print "token", six(n), size["seals/" six(n) ".seal.tsr"] > (ENVIRON["T"] "/facts")
  if (has(n, ".seal")) { visit_signature(n, n in package); signed += has(n, ".seal.sig") }
  if (!(n in sealed)) return
  compare_end(n, from_seq, from_hash)
  seals++; newest = n; at_seq = end_seq[n] + 0; at_hash = end_hash[n]
  print "seal", six(n), substr(sum["seals/" six(n) ".seal"], 8), time[n] > (ENVIRON["T"] "/facts")
}
BEGIN {
  since = ENVIRON["SINCE"] + 0
  at_hash = "0000000000000000000000000000000000000000000000000000000000000000"
  printf "" > (ENVIRON["T"] "/wanted")
  prepare_armor(); list(); read_sums(); read_packages(); find_gaps()
  for (n = since + 1; n <= last; n++) if (n in claimed) { some = 1; if (has(n, ".seal")) read_seal(n); if (has(n, ".sha256")) read_manifest(n) }
  if (!some) unsure(".", "at least one sealed package to look at", "none")
  for (n = since + 1; n <= last; n++) if (n in package) read_removals(n)
  if (since) {
    if (!has(since, ".seal")) unsure("seals/" six(since) ".seal", "the seal to begin after", "no file")
    else {
      if (read_seal(since)) { at_seq = end_seq[since] + 0; at_hash = end_hash[since]; print "base", six(since), substr(sum["seals/" six(since) ".seal"], 8) > (ENVIRON["T"] "/facts") }
      if (has(since, ".seal.tsr")) print "token", six(since), size["seals/" six(since) ".seal.tsr"] > (ENVIRON["T"] "/facts")
      visit_signature(since, 0)
    }
  }
  for (n = since + 1; n <= last; n++) if (n in claimed) inspect(n)
  hash_events()
  print "counts", packages_seen + 0, files_seen + 0, plain(bytes_seen), plain(events_seen), seals + 0, signed + 0, partial + 0 > (ENVIRON["T"] "/facts")
  for (n = 1; n <= last; n++) if (n in removed) print "removed", six(n), removed[n] > (ENVIRON["T"] "/facts")
  print "done" > (ENVIRON["T"] "/facts")
}'
awk "$JUDGE" < /dev/null || cannot 'the archive could not be judged'
grep -q '^done$' "$T/facts" || cannot 'the archive was not judged to its end'

# Signatures: every one that is there must be good, whoever made it.
: > "$T/checked"
if grep -q '^visit .* armor ' "$T/facts"; then
  command -v ssh-keygen > /dev/null || echo 'inconclusive: seals: expected ssh-keygen to check signatures with, found none' >> "$T/problems"
fi
check() { # FILE SIGNATURE: prints the fingerprint of the key that signed FILE, or fails
  ssh-keygen -Y check-novalidate -n evidence-seal@v1 -s "$2" < "$1" > "$T/said" 2> /dev/null || return 1
  read -r good _ _ _ _ _ fingerprint < "$T/said" || return 1
  [ "$good" = Good ] || return 1
  printf '%s\n' "$fingerprint"
}
if command -v ssh-keygen > /dev/null && grep -q '^visit .* armor ' "$T/facts"; then
  # An ssh-keygen that is too old refuses every signature; nothing can be said with it.
  printf 'evidence-seal/v1\n' > "$T/known"
  cat > "$T/known.sig" << 'END'
-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgQ5ibpU+v0fb8FFiwiQjk0tAw/E
FQ4Y27xqzsuTE9a1MAAAAQZXZpZGVuY2Utc2VhbEB2MQAAAAAAAAAGc2hhNTEyAAAAUwAA
AAtzc2gtZWQyNTUxOQAAAEC0Y19tdEiOnpk5aDrhHFwO7Jqk99RVfntNl6+0tqiWNIONiO
usD0lWFL/Kqote4AJNPaQydTCu85fyGN97BvgB
-----END SSH SIGNATURE-----
END
  if check "$T/known" "$T/known.sig" > /dev/null && ! check "$T/known.sig" "$T/known.sig" > /dev/null; then
    while read -r fact number _ form _; do
      [ "$fact $form" = 'visit armor' ] || continue
      if fingerprint=$(check "seals/$number.seal" "seals/$number.seal.sig"); then echo "$number $fingerprint"; else echo "$number bad"; fi
    done < "$T/facts" >> "$T/checked"
  else
    echo 'inconclusive: seals: expected an ssh-keygen that checks signatures (OpenSSH 8.2 or later), found another' >> "$T/problems"
  fi
fi

# Who may seal: only lines that name the namespace count. The fingerprints come from ssh-keygen, one a line, in the same order.
: > "$T/allowed"
if [ -n "$SIGNERS" ]; then
  # shellcheck disable=SC2016 # an awk program
  awk "$COMMON"'
  function time_of(text) {
    if (text == "") return "-"
    if (text !~ /^[0-9]+Z$/ || length(text) !~ /^(9|13|15)$/) return "wrong"
    return substr(substr(text, 1, length(text) - 1) "000000", 1, 14)
  }
  /^[ \t]*#/ || !index($0, "evidence-seal@v1") { next }
  {
    right = match($0, /^[ \t]*("[^"]*"|[^ \t"]+)[ \t]+/)
    text = substr($0, RLENGTH + 1); split("", option)
    while (right && match(text, /^[a-z-]+="[^"]*",?/)) {
      name = substr(text, 1, index(text, "=") - 1); value = substr(text, index(text, "\"") + 1, RLENGTH); sub(/".*$/, "", value)
      option[name] = value; text = substr(text, RLENGTH + 1)
      if (name !~ /^(namespaces|valid-after|valid-before)$/) right = 0
    }
    sub(/^[ \t]+/, "", text)
    after = time_of(option["valid-after"]); before = time_of(option["valid-before"])
    if (!right || !index("," option["namespaces"] ",", ",evidence-seal@v1,") || after == "wrong" || before == "wrong" || split(text, part) < 2) {
      unsure("signers line " NR, "NAME namespaces=\"evidence-seal@v1\" KIND KEY, perhaps with valid-after or valid-before in UTC", "other text")
      next
    }
    print part[1], part[2] > (ENVIRON["T"] "/keys"); print after, before > (ENVIRON["T"] "/times")
  }' "$SIGNERS" > "$T/signers_said" 2>&1 || cannot "$SIGNERS cannot be read"
  # A file that is not wholly understood is not used at all.
  if grep -q '^inconclusive: signers line ' "$T/problems"; then
    SIGNERS=''
  elif [ ! -f "$T/keys" ]; then
    echo "inconclusive: $SIGNERS: expected at least one sealing key, found none" >> "$T/problems"
    SIGNERS=''
  elif ssh-keygen -l -f "$T/keys" > "$T/printed" 2> /dev/null; then
    while read -r _ fingerprint _; do read -r after before <&3; echo "$fingerprint $after $before"; done < "$T/printed" 3< "$T/times" > "$T/allowed"
    sort "$T/allowed" | cut -d ' ' -f 1 | uniq -d > "$T/doubled"
    if [ "$(grep -c . "$T/allowed")" != "$(grep -c . "$T/times")" ] || [ -s "$T/doubled" ]; then
      echo "inconclusive: $SIGNERS: expected keys that ssh-keygen reads, each once, found others" >> "$T/problems"
      SIGNERS=''
    fi
  else
    echo "inconclusive: $SIGNERS: expected keys that ssh-keygen reads, found others" >> "$T/problems"
    SIGNERS=''
  fi
fi

# Time tokens: with root certificates given, every one that is there must hold, at the time that it names.
# shellcheck disable=SC2016 # awk programs
token_time() { # TOKEN SIZE: prints seconds since 1970 and the instant, or nothing
  openssl asn1parse -inform DER -in "$1" > "$T/parsed" 2> /dev/null || return 0
  openssl ts -reply -in "$1" -text > "$T/said" 2> /dev/null || return 0
  awk -v bytes="$2" '
  FILENAME ~ /parsed$/ && !whole++ {
    header = $0; sub(/^.*hl= */, "", header); long = $0; sub(/^.* l= */, "", long)
    if ($0 !~ /SEQUENCE/ || header + long != bytes + 0) exit
  }
  /^Time stamp: [A-Z][a-z][a-z] +[0-9]+ [0-9][0-9]:[0-9][0-9]:[0-9][0-9](\.[0-9]+)? [0-9][0-9][0-9][0-9] GMT$/ {
    month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $3) + 2) / 3; year = $6
    if (month < 3) { y = year - 1; m = month + 12 } else { y = year; m = month }
    days = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + $4 - 719469
    printf "%.0f %04d-%02d-%02dT%s.000000Z\n", days * 86400 + substr($5, 1, 2) * 3600 + substr($5, 4, 2) * 60 + substr($5, 7, 2), year, month, $4, substr($5, 1, 8)
    exit
  }' "$T/parsed" "$T/said"
}
: > "$T/tokens"
if [ -n "$ROOTS" ]; then
  if ! command -v openssl > /dev/null || [ ! -f "$ROOTS" ]; then
    echo 'inconclusive: seals: expected openssl and a file of root certificates, found not both' >> "$T/problems"
  else
    while read -r fact number bytes _; do
      [ "$fact" = token ] || continue
      token_time "seals/$number.seal.tsr" "$bytes" > "$T/token"
      if read -r seconds instant < "$T/token" &&
        openssl ts -verify -data "seals/$number.seal" -in "seals/$number.seal.tsr" -CAfile "$ROOTS" -attime "$seconds" > "$T/said" 2>&1 &&
        grep -q 'Verification: OK' "$T/said"; then
        echo "$number $instant" >> "$T/tokens"
      else
        echo "fail: seals/$number.seal.tsr: expected a time token that holds for the seal, found another" >> "$T/problems"
      fi
    done < "$T/facts"
  fi
fi

(cd "$T/bundles" && find . -type f -exec sha256sum {} + > ../bundle_hashes) || cannot 'bundles could not be hashed'
touch "$T/hashes"
# shellcheck disable=SC2016 # an awk program
awk "$COMMON"'
function read_hashes(name, kind,   i) {
  read_list(name)
  for (i = 1; i <= count; i++) hash[kind, relative(substr(line[i], 67))] = substr(line[i], 1, 64)
}
function signature(number, time, form, was_read,   path, who) {
  path = "seals/" number ".seal.sig"
  who = number in made ? made[number] : ""
  head = form == "unsigned" ? "none" : who
  head_path = path
  if (form == "unsigned") { if (key != "") fail(path, "a signature, as seals before it have one by " key, "none"); return }
  signatures++
  if (form == "other") { fail(path, "the one text that ssh-keygen writes for a signature", "another"); who = head = "" }
  else if (who == "bad") { fail(path, "a good signature of the seal", "a bad one"); who = head = "" }
  if (who == "") return
  follow(number, path, who, was_read)
  if (who in allowed) check_time(path, who, time)
  else if (ENVIRON["SIGNERS"] != "") { if (!(who in stranger)) stranger_from[stranger[who] = ++strangers] = number; name_of[stranger[who]] = who; stranger_to[stranger[who]] = number }
}
function follow(number, path, who, was_read,   i) {
  if (key != "" && who != key && !((key_of_stretch, who) in successor)) {
    if (is_complete) fail(path, "a signature by " key ", or its event that " who " follows it", "neither")
    else unsure(path, "a signature by " key ", or its event that " who " follows it", "neither in the packages looked at")
  }
  if (who != key) { if (key != "") is_complete = 1; key = who; key_of_stretch = ++stretches }
  if (!was_read) is_complete = 0
  for (i = 1; i <= rotations[number]; i++) if (rotation_from[number, i] == who) successor[key_of_stretch, rotation_to[number, i]] = 1
}
function check_time(path, who, time,   at) {
  if (time == "none") return
  at = substr(time, 1, 4) substr(time, 6, 2) substr(time, 9, 2) substr(time, 12, 2) substr(time, 15, 2) substr(time, 18, 2)
  if ((valid_after[who] != "-" && at "" < valid_after[who] "") || (valid_before[who] != "-" && at "" >= valid_before[who] ""))
    fail(path, "a seal within the time in which " who " is valid", at)
}
function day_number(text,   y, m, d) {
  y = substr(text, 1, 4) + 0; m = substr(text, 6, 2) + 0; d = substr(text, 9, 2) + 0
  if (m < 3) { y--; m += 12 }
  return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d
}
function day_text(number,   y, m, d, rest) {
  for (y = int(number / 365.2425) + 1; day_number(sprintf("%04d-01-01", y)) > number; y--) ;
  for (m = 12; day_number(sprintf("%04d-%02d-01", y, m)) > number; m--) ;
  return sprintf("%04d-%02d-%02d", y, m, number - day_number(sprintf("%04d-%02d-01", y, m)) + 1)
}
function look_at_days(number, time,   days) {
  if (before_time != "" && (time "") < (before_time ""))
    notes[++noted] = "seal " number " is dated before the seal before it: a clock was set back, or the date is not true"
  else if (before_time != "" && (days = day_number(time) - day_number(before_time) - 1) > 0)
    notes[++noted] = "no seal on " days " day" (days > 1 ? "s" : "") " (UTC) before seal " number ": " day_text(day_number(before_time) + 1) " to " day_text(day_number(time) - 1)
  before_time = time
}
BEGIN {
  signers = ENVIRON["SIGNERS"]; is_complete = ENVIRON["SINCE"] + 0 == 0
  read_hashes("hashes", "event"); read_hashes("bundle_hashes", "bundle")
  read_list("wanted")
  for (i = 1; i <= count; i++) {
    split(line[i], part, " ")
    if (part[1] == "event" && hash["event", part[2]] != part[3]) fail(part[4], "hash " hash["event", part[2]] " of a body", part[3])
    if (part[1] == "bundle" && "sha256:" hash["bundle", part[2]] != part[3]) fail(part[2], "bundle " part[3] " as its seal says", "another")
  }
  read_list("allowed")
  for (i = 1; i <= count; i++) { split(line[i], part, " "); allowed[part[1]] = 1; valid_after[part[1]] = part[2]; valid_before[part[1]] = part[3] }
  read_list("checked")
  for (i = 1; i <= count; i++) { split(line[i], part, " "); made[part[1]] = part[2] }
  read_list("facts")
  for (i = 1; i <= count; i++) {
    split(line[i], part, " ")
    if (part[1] == "rotation") { rotation_from[part[2], ++rotations[part[2]]] = part[3]; rotation_to[part[2], rotations[part[2]]] = part[4] }
  }
  for (i = 1; i <= count; i++) {
    split(line[i], part, " ")
    if (part[1] == "base") { base = part[2]; base_digest = "sha256:" part[3]; head_line = part[2] " " base_digest; if (base_digest == ENVIRON["HEAD"]) head_known = 1 }
    if (part[1] == "visit") signature(part[2], part[3], part[4], part[5])
    if (part[1] == "seal") { head_line = part[2] " sha256:" part[3]; if ("sha256:" part[3] == ENVIRON["HEAD"]) head_known = 1; look_at_days(part[2], part[4]) }
    if (part[1] == "removed") gone[++removals] = part[3] " files removed under seal " part[2]
    if (part[1] == "token") tokens++
    if (part[1] == "counts") split(line[i], total, " ")
  }
  if (signers != "" && head_path != "" && head != "" && !(head in allowed)) fail(head_path, "a signature by a sealing key of " signers, head)
  if (signers == "" && signatures) unsure(head_path, "signers to compare signatures with (--signers FILE)", "none given")
  if (ENVIRON["HEAD"] != "" && !head_known) {
    if (base != "") unsure("seals", "a seal with the digest noted down elsewhere, " ENVIRON["HEAD"], "none among those looked at")
    else fail("seals", "a seal with the digest noted down elsewhere, " ENVIRON["HEAD"], "none: rewritten or cut short")
  }
  if (tokens && ENVIRON["ROOTS"] == "") notes[++noted] = tokens " time tokens were not checked (--time-roots FILE)"
  read_list("tokens")
  if (count) { split(line[count], part, " "); notes[++noted] = "seal " part[1] " existed at " part[2] ", says its time token" }
  timed = count && count == tokens
  close(ENVIRON["T"] "/problems")
  read_list("problems")
  verdict = "pass"
  for (i = 1; i <= count; i++) if (line[i] ~ /^fail: /) verdict = "fail"; else if (verdict == "pass") verdict = "inconclusive"
  scope = total[8] ? "partial: " total[2] " of " total[6] " packages" : ""
  if (base != "") scope = scope (scope == "" ? "" : ", ") "only what came after seal " base " " base_digest
  print "verdict " verdict (scope == "" ? "" : " (" scope ")")
  print total[2] " packages, " total[3] " files, " total[4] " bytes, " total[5] " events"
  for (i = 1; i <= count; i++) print line[i]
  for (i = 1; i <= removals; i++) print gone[i]
  for (i = 1; i <= strangers; i++) print "seals " stranger_from[i] " to " stranger_to[i] " are signed by " name_of[i] ", which " signers " does not list"
  for (i = 1; i <= noted; i++) print notes[i]
  if (verdict != "pass") print "level none: only an archive that passes has one"
  else {
    level = head_known ? 3 : signers != "" && (head in allowed) ? 1 + timed : 0
    split("manifests|signed chain|signed chain with a time token|head known elsewhere", title, "|")
    unseen[1] = "whoever can write the archive can rewrite it whole, or cut its end, unseen"
    unseen[2] = "whoever holds the sealing key can rewrite it, and anybody can cut its end, unseen"
    unseen[3] = "whoever holds the sealing key can rewrite what came after the newest token, or all of it under a later one, and anybody can cut the end, unseen"
    unseen[4] = "nothing up to the known head; what came after it as at the levels below"
    print "level L" level " " title[level + 1] ", " total[7] " of " total[6] " seals signed"
    for (i = 0; i <= level; i++) print "  L" i " " title[i + 1] " leaves unseen: " unseen[i + 1]
  }
  print "head " (head_line == "" ? "none" : head_line)
  print "note this head down elsewhere: only then is a rewritten or shortened archive visible"
  exit verdict == "pass" ? 10 : verdict == "fail" ? 11 : 13
}' < /dev/null > "$T/answer" && code=0 || code=$?
case $code in
  10 | 11 | 13) cat "$T/answer"; end $((code - 10)) ;;
  *) cannot 'the archive was not judged to its end' ;;
esac
