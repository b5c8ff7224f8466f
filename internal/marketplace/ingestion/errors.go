package ingestion

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// The most that is kept of a tree of errors, and how deep it is searched.
const (
	maxErrors = 200
	maxDepth  = 64
)

// tree is why a job failed: the whole tree of errors, since the outermost code says little. A refusal by the
// certification has that of a broken server there.
type tree struct {
	messages      []marketplace.Message // the innermost first
	certification bool                  // it says that the certification refused
	conflict      bool                  // it says that another submission was in the way
}

func (c *Client) tree(roots ...any) tree {
	var t tree
	for _, root := range roots {
		c.climb(&t, root, "error", maxDepth)
	}
	if t.certification {
		t.conflict = false
	}
	return t
}

// climb takes the errors at v and below, those below first. An error is an object, or a bare string.
func (c *Client) climb(t *tree, v any, level string, depth int) {
	if depth == 0 {
		return
	}
	switch v := v.(type) {
	case string:
		t.add(c.message("", v, level))
	case []any:
		for _, item := range v {
			c.climb(t, item, level, depth-1)
		}
	case map[string]any:
		level = levelOf(field(v, "level"), level)
		for _, inner := range []string{"details", "errors", "innererror", "error", "validations"} {
			below := level
			if inner == "validations" {
				below = "warning"
			}
			c.climb(t, field(v, inner), below, depth-1)
		}
		text, _ := field(v, "message").(string)
		m := c.message(codeOf(field(v, "code")), text, level)
		where := resourceOf(field(v, "resourceid"))
		worthSaying := where != "" && where != c.offer && m.Text != ""
		if worthSaying {
			m.Text = c.text.HTML(text + " (resource " + where + ")")
		}
		t.add(m)
	}
}

func (t *tree) add(m marketplace.Message) {
	if m.Text == "" && m.Code != "" {
		m.Text = m.Code
	}
	if m.Text == "" || len(t.messages) >= maxErrors || slices.Contains(t.messages, m) {
		return
	}
	t.messages = append(t.messages, m)
	words := strings.ToLower(m.Text)
	t.certification = t.certification || words == "certification" || strings.Contains(words, "during certification")
	t.conflict = t.conflict || inTheWay(m.Code, m.Text)
}

func (c *Client) message(code, text, level string) marketplace.Message {
	return marketplace.Message{Level: level, Code: c.text.Name(rest.Text(code)), Text: c.text.HTML(text)}
}

// field is a value by its name, in any case of letters.
func field(o map[string]any, name string) any {
	if v, ok := o[name]; ok {
		return v
	}
	for key, v := range o {
		if strings.EqualFold(key, name) {
			return v
		}
	}
	return nil
}

// codeOf is a code in any form: a string, a number, or an object with one of them in it.
func codeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64, bool:
		return fmt.Sprint(v)
	case map[string]any:
		for _, name := range []string{"value", "code", "name"} {
			if inner := codeOf(field(v, name)); inner != "" {
				return inner
			}
		}
	}
	b, _ := json.Marshal(v) // it came out of JSON
	return string(b)
}

func levelOf(v any, otherwise string) string {
	word, _ := v.(string)
	switch rest.Normal(word) {
	case "":
		return otherwise
	case "informational", "information", "info":
		return "information"
	}
	return strings.ToLower(word)
}

// resourceOf is what a reader knows a resource by; "" for the offer itself and its submission, which go without saying.
func resourceOf(v any) string {
	switch v := v.(type) {
	case string:
		if strings.HasPrefix(v, "product/") || strings.HasPrefix(v, "submission/") {
			return ""
		}
		return v
	case map[string]any:
		for _, name := range []string{"externalid", "resourcename"} {
			if s, ok := field(v, name).(string); ok {
				return s
			}
		}
	}
	return ""
}

// inTheWay reports whether an error says that another submission is in the way, in the words that clients have met:
// "An In Progress submission already exists", "The submission cannot be pushed to as its not the latest".
func inTheWay(code, message string) bool {
	switch rest.Normal(code) {
	case "conflict", "productlocked":
		return true
	}
	m := strings.ToLower(message)
	return slices.ContainsFunc([]string{"in progress submission", "submission already exists", "submission is in progress",
		"submission in progress", "not the latest"}, func(words string) bool { return strings.Contains(m, words) })
}
