package input

import (
	"slices"
	"strings"
)

// words is what stands on the command line.
type words struct {
	flags    map[string]given // by the name of the row; "command" is the verb or --command
	help     bool
	version  bool
	problems Problems
}

// scan sorts the arguments into the verb and the flags. It is strict, since a CI runner may
// hand its shell to the program as arguments, and that must never look like a good run.
// The standard flag package would stop at the first mistake.
func scan(args []string) words {
	w := words{flags: make(map[string]given)}
	rows := make(map[string]Row)
	for _, row := range Table() {
		rows[row.Name] = row
	}
	var verbs []string
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--help" || arg == "-h" {
			w.help = true
			continue
		}
		if arg == "--version" {
			w.version = true
			continue
		}
		if !strings.HasPrefix(arg, "-") {
			verbs = append(verbs, arg)
			continue
		}
		name, value, hasValue := strings.Cut(arg, "=")
		row, known := rows[strings.TrimPrefix(name, "--")]
		if !known || !strings.HasPrefix(name, "--") {
			w.unknownFlag(name, rows)
			continue
		}
		switch next := first(args); {
		case hasValue:
		case row.Boolean && !isBoolean(next):
			value = "true"
		case len(args) == 0 || !row.Boolean && strings.HasPrefix(next, "--"):
			w.refuse(row.Name, given{"", name}, "has no value", row.Want)
			continue
		default:
			value, args = next, args[1:]
		}
		if _, twice := w.flags[row.Name]; twice {
			w.refuse(row.Name, given{value, name}, "is given twice", "it once")
			continue
		}
		w.flags[row.Name] = given{trim(value), name}
	}
	w.verb(verbs, rows[commandRow])
	return w
}

// verb takes the arguments that belong to no flag: the command, and nothing else.
func (w *words) verb(verbs []string, row Row) {
	if len(verbs) == 0 {
		return
	}
	verb := given{verbs[0], "the first argument"}
	flag := w.flags[commandRow]
	switch {
	case verb.value == "":
		w.refuse(commandRow, verb, "is empty", row.Want)
	case flag.value != "" && flag.value != verb.value:
		w.refuse(commandRow, flag, "is not what the first argument says", "the command once")
	default:
		w.flags[commandRow] = verb
	}
	for _, extra := range verbs[1:] {
		w.refuse(commandLine, given{value: extra}, "is an extra argument", "one command, then flags")
	}
}

// sane tells that the verb, if there is one, is a command.
func (w words) sane() bool {
	verb, given := w.flags[commandRow]
	return !given || slices.ContainsFunc(Commands(), func(v Verb) bool { return string(v.Name) == verb.value })
}

// unknownFlag names the flag but not its value, which may be a secret.
func (w *words) unknownFlag(name string, rows map[string]Row) {
	want := "one of the flags that --help lists"
	near := strings.ToLower(strings.ReplaceAll(strings.TrimLeft(name, "-"), "_", "-"))
	if _, ok := rows[near]; ok {
		want = "--" + near
	}
	w.refuse(commandLine, given{value: name}, "is an unknown flag", want)
}

func (w *words) refuse(name string, g given, why, want string) {
	w.problems = append(w.problems, newProblem(name, g, why, want))
}

// first is the first of the words, or "".
func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
