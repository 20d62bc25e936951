# fish completion for transcribe(1). What only the server knows (models, ids of jobs) is asked of it,
# for two seconds at most.

# The words before the cursor, without --server and its value: a command is one only in front.
function __transcribe_words
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
        else if test "$word" = --server
            set skip 1
        else if not string match -q -- '--server=*' $word
            echo $word
        end
    end
end

set -g __transcribe_commands jobs show explain cancel retry delete move top resources models completion

function __transcribe_no_command
    set -l words (__transcribe_words)
    test (count $words) -eq 0; or not contains -- $words[1] $__transcribe_commands
end

function __transcribe_nothing_yet
    test (count (__transcribe_words)) -eq 0
end

# Is it this command? `models` alone, or with one of its own: "models pull".
function __transcribe_is
    set -l words (__transcribe_words)
    test (count $words) -gt 0; or return 1
    if test $words[1] = models
        for word in $words[2..]
            if contains -- $word pull add rm
                test "$argv" = "models $word"
                return
            end
        end
    end
    test "$argv" = $words[1]
end

# Prints what `transcribe` answers, at the server that the line names.
function __transcribe_ask
    set -l server (commandline -opc | string join \n | string match -r -g -- '^--server=(.*)')
    set -l words (commandline -opc)
    if set -l at (contains -i -- --server $words)
        set server $words[(math $at + 1)]
    end
    test -n "$server"; and set server --server $server
    timeout 2 $words[1] $argv $server 2>/dev/null
end

# Ids of the jobs in the states named, or of all.
function __transcribe_jobs
    test (count $argv) -gt 0; or __transcribe_ask jobs --ids --limit 200
    for state in $argv
        __transcribe_ask jobs --ids --limit 200 --state $state
    end
end

function __transcribe_published
    __transcribe_ask models | awk 'NF == 0 { exit } NR > 1 { print $1 }'
end

# A list with commas between, of which the last word is completed.
function __transcribe_formats
    set -l begun (string match -r -- '^.*,' (commandline -ct | string replace -r -- '^(-f|--format=)' ''))
    for word in txt srt vtt tsv lrc json verbose_json
        string match -q -- "*,$word,*" ",$begun"; or echo $begun$word
    end
end

complete -c transcribe -s h -l help -d 'Print help and exit'
complete -c transcribe -l server -x -d 'The server\'s address'

complete -c transcribe -n __transcribe_nothing_yet -a jobs -d 'List jobs'
complete -c transcribe -n __transcribe_nothing_yet -a show -d 'One job, or its transcript'
complete -c transcribe -n __transcribe_nothing_yet -a explain -d 'Why a job waits or failed'
complete -c transcribe -n __transcribe_nothing_yet -a cancel -d 'End jobs'
complete -c transcribe -n __transcribe_nothing_yet -a retry -d 'Start ended jobs anew'
complete -c transcribe -n __transcribe_nothing_yet -a delete -d 'Forget ended jobs'
complete -c transcribe -n __transcribe_nothing_yet -a move -d 'Change the order of the queue'
complete -c transcribe -n __transcribe_nothing_yet -a top -d 'GPUs, slots, RAM and jobs, live'
complete -c transcribe -n __transcribe_nothing_yet -a resources -d 'GPUs, slots and RAM, once'
complete -c transcribe -n __transcribe_nothing_yet -a models -d 'Whisper models here and on the server'
complete -c transcribe -n __transcribe_nothing_yet -a completion -d 'Print a completion script'

# transcribe FILE...
complete -c transcribe -n __transcribe_no_command -l version -d 'Print the version and exit'
complete -c transcribe -n __transcribe_no_command -l url -x -d 'An address that the server fetches'
complete -c transcribe -n __transcribe_no_command -s r -l recursive -d 'Take the recordings in folders and below'
complete -c transcribe -n __transcribe_no_command -l watch -x -a '(__fish_complete_directories)' -d 'Transcribe what appears in this folder'
complete -c transcribe -n __transcribe_no_command -l settle -x -d 'Seconds without a change until a file is complete'
complete -c transcribe -n __transcribe_no_command -l poll -x -d 'Look through the folder every so many seconds'
complete -c transcribe -n __transcribe_no_command -l name -x -d 'What to call the one recording'
complete -c transcribe -n __transcribe_no_command -s m -l model -x -a '(__transcribe_ask models --served)' -d 'The model'
complete -c transcribe -n __transcribe_no_command -s l -l language -x -a 'auto en de fr es it pt nl pl uk ru tr ar hi zh ja ko' -d 'Spoken language'
complete -c transcribe -n __transcribe_no_command -l task -x -a 'transcribe translate' -d 'What to do'
complete -c transcribe -n __transcribe_no_command -l translate -d 'Into English, where the model can'
complete -c transcribe -n __transcribe_no_command -l prompt -x -d 'Words to expect'
complete -c transcribe -n __transcribe_no_command -l words -d 'Times for each word'
complete -c transcribe -n __transcribe_no_command -l priority -x -d 'Higher goes first (-1000 to 1000)'
complete -c transcribe -n __transcribe_no_command -l deduplicate -d 'Join a job of the same recording and options'
complete -c transcribe -n __transcribe_no_command -s f -l format -x -a '(__transcribe_formats)' -d 'Formats of the results'
complete -c transcribe -n __transcribe_no_command -s o -l output -x -a '(__fish_complete_directories)' -d 'Folder for the results, or - for standard output'
complete -c transcribe -n __transcribe_no_command -l max-line-width -x -d 'At most so many characters a line'
complete -c transcribe -n __transcribe_no_command -l max-line-count -x -d 'At most so many lines a subtitle'
complete -c transcribe -n __transcribe_no_command -l highlight-words -d 'Mark each word while it is spoken'
complete -c transcribe -n __transcribe_no_command -l keep-extension -d 'Name results talk.mp3.txt instead of talk.txt'
complete -c transcribe -n __transcribe_no_command -l overwrite -d 'Replace results that exist'
complete -c transcribe -n __transcribe_no_command -l skip-existing -d 'Pass over what has its results already'
complete -c transcribe -n __transcribe_no_command -l detach -d 'Submit, print the ids, and do not wait'
complete -c transcribe -n __transcribe_no_command -l cancel-on-interrupt -d 'Ctrl-C cancels the jobs without asking'
complete -c transcribe -n __transcribe_no_command -l json -d 'An object a line, for programs'
complete -c transcribe -n __transcribe_no_command -s q -l quiet -d 'Print errors only'

# The commands; those that work on jobs take no files.
complete -c transcribe -n 'not __transcribe_no_command; and not __transcribe_is models add' -f
complete -c transcribe -n '__transcribe_is jobs' -l state -x -a 'queued running completed failed cancelled' -d 'Only those in this state'
complete -c transcribe -n '__transcribe_is jobs' -l limit -x -d 'At most so many'
complete -c transcribe -n '__transcribe_is jobs' -l model -x -a '(__transcribe_ask models --served)' -d 'Only those of this model'
complete -c transcribe -n '__transcribe_is jobs' -l search -x -d 'Only those whose names have this in them'
complete -c transcribe -n '__transcribe_is jobs' -l json -d 'The server\'s JSON'
complete -c transcribe -n '__transcribe_is jobs' -l ids -d 'Only the ids'
complete -c transcribe -n '__transcribe_is show' -s f -l format -x -a 'txt srt vtt tsv lrc json verbose_json' -d 'Print the transcript'
complete -c transcribe -n '__transcribe_is show' -l max-line-width -x -d 'At most so many characters a line'
complete -c transcribe -n '__transcribe_is show' -l max-line-count -x -d 'At most so many lines a subtitle'
complete -c transcribe -n '__transcribe_is show' -l highlight-words -d 'Mark each word while it is spoken'
complete -c transcribe -n '__transcribe_is show' -l json -d 'The server\'s JSON'
complete -c transcribe -n '__transcribe_is show; or __transcribe_is explain' -a '(__transcribe_jobs)' -d Job
complete -c transcribe -n '__transcribe_is cancel' -a '(__transcribe_jobs queued running)' -d Job
complete -c transcribe -n '__transcribe_is retry' -a '(__transcribe_jobs failed cancelled)' -d Job
complete -c transcribe -n '__transcribe_is delete' -a '(__transcribe_jobs completed failed cancelled)' -d Job
complete -c transcribe -n '__transcribe_is move' -a '(__transcribe_jobs queued)' -d Job
complete -c transcribe -n '__transcribe_is move' -a 'front back' -d 'Where to'
complete -c transcribe -n '__transcribe_is top' -l interval -x -d 'Seconds between two looks'
complete -c transcribe -n '__transcribe_is top' -l once -d 'Print one picture and exit'
complete -c transcribe -n '__transcribe_is resources' -l json -d 'The server\'s JSON'
complete -c transcribe -n '__transcribe_is completion' -a 'bash zsh fish'

# transcribe models
complete -c transcribe -n '__transcribe_is models' -a pull -d 'Fetch published models'
complete -c transcribe -n '__transcribe_is models' -a add -d 'Bring in one you have'
complete -c transcribe -n '__transcribe_is models' -a rm -d 'Remove models'
complete -c transcribe -n '__transcribe_is models' -l json -d 'As JSON'
complete -c transcribe -n '__transcribe_is models' -l served -d 'Only the names of what is served'
complete -c transcribe -n 'string match -q "models*" -- (__transcribe_words)[1]' -l models-dir -x -a '(__fish_complete_directories)' -d 'The folder to work on'
complete -c transcribe -n '__transcribe_is models pull; or __transcribe_is models rm' -a '(__transcribe_published)' -d Model
complete -c transcribe -n '__transcribe_is models pull' -l from -x -d 'A mirror with the same files'
complete -c transcribe -n '__transcribe_is models pull' -s q -l quiet -d 'Say only what went wrong'
complete -c transcribe -n '__transcribe_is models add' -l name -x -d 'What to call it'
complete -c transcribe -n '__transcribe_is models add' -l link -d 'A hard link in place of a copy'
complete -c transcribe -n '__transcribe_is models rm' -s y -l yes -d 'Do not ask'
