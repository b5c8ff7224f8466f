package input

import (
	"maps"
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

// scan sorts the arguments into the verb and the flags. It is strict, since a CI runner may hand its shell to the program as
// arguments, and that must never look like a good run. The standard flag package would stop at the first mistake.
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
		name, value, hasValue := strings.Cut(arg, "=")
		row, known := rows[strings.TrimPrefix(name, "--")]
		known = known && strings.HasPrefix(name, "--")
		if known && !hasValue {
			value, args, hasValue = following(row, args)
		}
		switch {
		case arg == "--help", arg == "-h":
			w.help = true
		case arg == "--version":
			w.version = true
		case !strings.HasPrefix(arg, "-"):
			verbs = append(verbs, arg)
		case !known:
			w.unknownFlag(name, rows)
		case !hasValue:
			w.problems.refuse(row.Name, given{"", name}, "has no value", row.Want)
		default:
			w.flag(row, given{trim(value), name})
		}
	}
	w.verb(verbs, rows[commandRow])
	return w
}

// flag keeps what was given for a row. An empty value is a mistake, mostly a variable of the shell's that is not set:
// nothing may stand in for it.
func (w *words) flag(row Row, g given) {
	_, twice := w.flags[row.Name]
	switch {
	case g.value == "":
		w.problems.refuse(row.Name, g, "is given empty", row.Want)
	case twice:
		w.problems.refuse(row.Name, g, "is given twice", "it once")
	default:
		w.flags[row.Name] = g
	}
}

// verb takes the arguments that belong to no flag: the command, and nothing else.
func (w *words) verb(verbs []string, row Row) {
	if len(verbs) == 0 {
		return
	}
	verb := given{verbs[0], "the first argument"}
	flag := w.flags[commandRow]
	switch {
	case verb.value == "help":
		w.help = true
	case verb.value == "version":
		w.version = true
	case verb.value == "":
		w.problems.refuse(commandRow, verb, "is empty", row.Want)
	case flag.value != "" && flag.value != verb.value:
		w.problems.refuse(commandRow, flag, "is not what the first argument says", "the command once")
	default:
		w.flags[commandRow] = verb
	}
	for _, extra := range verbs[1:] {
		w.problems.refuse(commandLine, given{value: extra}, "is an extra argument", "one command, then flags")
	}
}

// unknownFlag names the flag but not its value, which may be a secret.
func (w *words) unknownFlag(name string, rows map[string]Row) {
	known := append(slices.Sorted(maps.Keys(rows)), "help", "version")
	p := w.problems.refuse(commandLine, given{value: name}, "is an unknown flag", "one of the flags that --help lists")
	if near := nearest(strings.TrimLeft(name, "-"), known); near != "" {
		p.Meant = "--" + near
	}
}

// following takes the value of a flag from the words that come after it. A boolean needs none.
func following(row Row, args []string) (value string, rest []string, ok bool) {
	next := ""
	if len(args) > 0 {
		next = args[0]
	}
	switch {
	case row.Boolean && !slices.Contains(booleans(), next):
		return "true", args, true
	case len(args) == 0, strings.HasPrefix(next, "--"):
		return "", args, false
	}
	return next, args[1:], true
}
