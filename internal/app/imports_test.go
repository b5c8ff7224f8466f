package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is who may import whom of the project: a statement of policy, not a record of what is. internal/README.md
// shows the same table.
var mayImport = map[string][]string{
	".":                    {"internal/app"},
	"internal/app":         {"internal/ci", "internal/doctor", "internal/identity", "internal/input", "internal/marketplace", "internal/marketplace/auto", "internal/marketplace/ingestion", "internal/marketplace/portal", "internal/marketplace/rest", "internal/marketplace/submission", "internal/publish", "internal/report"},
	"internal/ci":          {"internal/redact"},
	"internal/doctor":      {"internal/ci", "internal/identity", "internal/input", "internal/marketplace", "internal/report"},
	"internal/demo":        {"internal/app", "internal/emulator", "internal/story"},
	"internal/emulator":    {},
	"internal/identity":    {"internal/loopback", "internal/redact"},
	"internal/input":       {"internal/loopback", "internal/publish", "internal/redact"},
	"internal/loopback":    {},
	"internal/marketplace": {},

	"internal/marketplace/auto":       {"internal/marketplace"},
	"internal/marketplace/ingestion":  {"internal/marketplace", "internal/marketplace/rest"},
	"internal/marketplace/portal":     {"internal/marketplace", "internal/marketplace/rest"},
	"internal/marketplace/rest":       {"internal/marketplace"},
	"internal/marketplace/submission": {"internal/marketplace", "internal/marketplace/rest"},

	"internal/publish": {"internal/marketplace"},
	"internal/redact":  {},
	"internal/report":  {"internal/ci", "internal/marketplace", "internal/publish"},
	"internal/story":   {"internal/emulator"},
}

// foreign is where the modules that the design rests on may be used, and where the network may be.
var foreign = map[string][]string{
	"github.com/Azure/azure-sdk-for-go/sdk/azcore":     {"internal/identity", "internal/marketplace/rest"},
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity": {"internal/identity"},
	"github.com/cenkalti/backoff/v4":                   {"internal/publish"},
	"github.com/sethvargo/go-githubactions":            {"internal/ci", "internal/identity"},
	"net/http":                                         {"internal/app", "internal/demo", "internal/doctor", "internal/emulator", "internal/identity", "internal/marketplace", "internal/marketplace/ingestion", "internal/marketplace/portal", "internal/marketplace/rest", "internal/marketplace/submission"},
}

// banned are names of the outside world that would hide it from tests, and shortcuts that end or stop a run unseen.
// internal/demo and main are the two programs: the world comes in there.
var banned = map[string][]string{
	"os.Getenv": {".", "internal/demo"}, "os.LookupEnv": nil, "os.Environ": {"internal/demo"}, "os.Stdout": {".", "internal/demo"}, "os.Stderr": {".", "internal/demo"},
	"os.Exit": {".", "internal/demo"}, "http.DefaultClient": nil, "http.DefaultTransport": nil, "http.Get": nil, "http.Post": nil,
	"time.Sleep": nil, "log.Fatal": nil, "log.Fatalf": nil, "log.Printf": nil, "log.Println": nil,
}

func TestImportsAndBannedNames(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		seen[pkg] = true
		allowed, known := mayImport[pkg]
		if !known {
			t.Errorf("%s: package is not in the table of who may import whom", pkg)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if own, ok := strings.CutPrefix(name, "publish-offer/"); ok && !slices.Contains(allowed, own) {
				t.Errorf("%s: imports %s, which it may not", set.Position(spec.Pos()), own)
			}
			for module, users := range foreign {
				if (name == module || strings.HasPrefix(name, module+"/")) && !strings.HasPrefix(name, "net/http/httptrace") && !slices.Contains(users, pkg) {
					t.Errorf("%s: %s belongs to %s alone", set.Position(spec.Pos()), module, strings.Join(users, ", "))
				}
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok {
					name := x.Name + "." + n.Sel.Name
					if users, ok := banned[name]; ok && !slices.Contains(users, pkg) {
						t.Errorf("%s: %s has no place here", set.Position(n.Pos()), name)
					}
				}
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" {
					t.Errorf("%s: func init has no place here", set.Position(n.Pos()))
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range mayImport {
		if !seen[pkg] && pkg != "internal/demo" {
			t.Errorf("%s: in the table, and nowhere else", pkg)
		}
	}
}

// The map for people must say what the test says.
func TestMapShowsTheImportTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for pkg, allowed := range mayImport {
		name := strings.TrimPrefix(pkg, "internal/")
		if name == "." {
			name = "main"
		}
		var names []string
		for _, a := range allowed {
			names = append(names, strings.TrimPrefix(a, "internal/"))
		}
		list := strings.Join(names, ", ")
		if list == "" {
			list = "nothing of the project"
		}
		if row := "| " + name + " | " + list + " |"; !strings.Contains(string(text), row) {
			t.Errorf("internal/README.md lacks the row %q", row)
		}
	}
}

// The files and functions that the map names are there.
func TestMapNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var dir, file string
	for line := range strings.Lines(string(text)) {
		for _, m := range regexp.MustCompile("`([a-z]+(?:/[a-z]+)*/)?([a-z_]+\\.go)`|`(decide[A-Z][a-z]+|[a-z]+To)`|`([a-z]+(?:/[a-z]+)*)`").FindAllStringSubmatch(line, -1) {
			switch {
			case m[2] != "":
				if m[1] != "" {
					dir = m[1]
				}
				file = filepath.Join("..", filepath.FromSlash(dir), m[2])
				if _, err := os.Stat(file); err != nil {
					t.Errorf("internal/README.md names %s%s: %v", m[1], m[2], err)
				}
			case m[3] != "":
				code, err := os.ReadFile(file)
				if err != nil || !strings.Contains(string(code), m[3]+"(") {
					t.Errorf("internal/README.md names %s, which %s lacks", m[3], file)
				}
			case strings.Contains(m[4], "/") && m[4] != "net/http/httptrace":
				if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(m[4]))); err != nil && !strings.Contains(m[4], "testing/") {
					t.Errorf("internal/README.md names %s: %v", m[4], err)
				}
			}
		}
	}
}
