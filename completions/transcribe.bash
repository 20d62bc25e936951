# bash completion for transcribe(1). Needs nothing but bash; what only the server knows (models, ids
# of jobs) is asked of it, for two seconds at most.

# Prints what `transcribe` answers, at the server that the line names.
__transcribe_ask() {
  local server=()
  if [[ $COMP_LINE =~ --server[=\ ]+([^\ ]+)\  ]]; then server=(--server "${BASH_REMATCH[1]}"); fi
  timeout 2 "${COMP_WORDS[0]}" "$@" "${server[@]}" 2>/dev/null
}

# Ids of the jobs in the states named, or of all.
__transcribe_jobs() {
  local state
  if (($# == 0)); then __transcribe_ask jobs --ids --limit 200; fi
  for state in "$@"; do __transcribe_ask jobs --ids --limit 200 --state "$state"; done
}

# Offers the lines on standard input that begin with what is being typed.
__transcribe_offer() {
  local word
  while IFS= read -r word; do
    if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
  done
}

__transcribe_words() { __transcribe_offer < <(printf '%s\n' "$@"); }

# Files, or with -d folders.
__transcribe_files() {
  compopt -o filenames 2>/dev/null
  __transcribe_offer < <(compgen "$1" -- "$cur")
}

# A list with commas between, of which the last word is completed.
__transcribe_formats() {
  local begun='' word
  if [[ $cur == *,* ]]; then begun=${cur%,*},; fi
  for word in txt srt vtt tsv lrc json verbose_json; do
    if [[ ,$begun != *,$word,* ]]; then __transcribe_words "$begun$word"; fi
  done
}

# The values of an option; false for what is none, or takes none.
__transcribe_value() {
  case $1 in
    -m | --model) __transcribe_offer < <(__transcribe_ask models --served) ;;
    -l | --language) __transcribe_words auto en de fr es it pt nl pl uk ru tr ar hi zh ja ko ;;
    -f | --format) __transcribe_formats ;;
    -o | --output | --watch | --models-dir) __transcribe_files -d ;;
    --task) __transcribe_words transcribe translate ;;
    --state) __transcribe_words queued running completed failed cancelled ;;
    --from | --interval | --limit | --max-line-count | --max-line-width | --name | --poll | --priority | \
      --prompt | --search | --server | --settle | --url) ;;
    *) return 1 ;;
  esac
}

_transcribe() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' word words
  local commands=(jobs show explain cancel retry delete move top resources models completion)
  COMPREPLY=()
  # bash takes --option=value apart at the "=".
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi

  # A command is one only in front; --server may stand before it.
  read -ra words <<<"${COMP_LINE:0:COMP_POINT}."
  unset 'words[-1]'
  for word in "${words[@]:1}"; do
    case $command:$word in
      :--server=* | models:-*) ;;
      :--server) command=server ;;
      server:*) command= ;;
      models:pull | models:add | models:rm) command="models $word" ;;
      :*)
        if [[ " ${commands[*]} " != *" $word "* ]]; then break; fi
        command=$word
        ;;
    esac
  done

  if __transcribe_value "$prev"; then return; fi

  if [[ $cur == -?* ]]; then
    local options=(-h --help --server)
    case $command in
      jobs) options+=(--state --limit --model --search --json --ids) ;;
      show)
        options+=(-f --format --json --max-line-width --max-line-count --highlight-words)
        ;;
      resources) options+=(--json) ;;
      top) options+=(--interval --once) ;;
      models) options+=(--models-dir --json --served) ;;
      'models pull') options+=(--models-dir --from -q --quiet) ;;
      'models add') options+=(--models-dir --name --link) ;;
      'models rm') options+=(--models-dir -y --yes) ;;
      '')
        options+=(--version --url -r --recursive --watch --settle --poll --name -m --model -l
          --language --task --translate --prompt --words --priority --deduplicate -f --format -o
          --output --max-line-width --max-line-count --highlight-words --keep-extension
          --overwrite --skip-existing --detach --cancel-on-interrupt --json -q --quiet)
        ;;
    esac
    __transcribe_words "${options[@]}"
    return
  fi

  case $command in
    show | explain) __transcribe_offer < <(__transcribe_jobs) ;;
    cancel) __transcribe_offer < <(__transcribe_jobs queued running) ;;
    retry) __transcribe_offer < <(__transcribe_jobs failed cancelled) ;;
    delete) __transcribe_offer < <(__transcribe_jobs completed failed cancelled) ;;
    move)
      __transcribe_words front back
      __transcribe_offer < <(__transcribe_jobs queued)
      ;;
    completion) __transcribe_words bash zsh fish ;;
    models) __transcribe_words pull add rm ;;
    'models pull' | 'models rm')
      __transcribe_offer < <(__transcribe_ask models | awk 'NF == 0 { exit } NR > 1 { print $1 }')
      ;;
    'models add') __transcribe_files -f ;;
    '')
      if ((COMP_CWORD == 1)); then __transcribe_words "${commands[@]}"; fi
      __transcribe_files -f
      ;;
  esac
}

complete -F _transcribe transcribe
