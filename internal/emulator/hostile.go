package emulator

import (
	"net/url"
	"strings"
)

// hostile adds to a text, in a hostile script, what would act in a log, a summary, an outputs file or a
// terminal that trusted it, and gives away what the request was authorised by.
func (e *Emulator) hostile(text string, r *request) string {
	text = echo(text, r)
	if !e.script.hostile {
		return text
	}
	lines := []string{
		text,
		"::error::pwned", "  ::warning file=x::pwned", "::set-output name=status::succeeded", "::add-mask::e", "::stop-commands::pwned",
		"x ##[error]pwned", "##[set-output name=status;]succeeded",
		"x ##vso[task.complete result=Succeeded;]pwned", "##vso[task.setvariable variable=operationPath;isoutput=true]pwned",
		"\x1b[2J\x1b[31mred \x1b]0;title\x07 \u009b31m", "\x1b[0Ksection_start:0:pwned\r\x1b[0Kpwned",
		"over\rwritten \b\b\x00\x7f", "\u202egnp.exe\u202c \u2066hidden\u2069 \u200b", "a\u2028::error::pwned\u2029::error::pwned\u0085::error::pwned\v::error::pwned\f::error::pwned",
		"<script>alert(1)</script><img src=x onerror=alert(1)><br>::error::pwned<p>##vso[task.setsecret]e</p>",
		"&#58;&#58;error&#58;&#58;pwned &lt;script&gt;alert(2)&lt;/script&gt; &#10;::error::pwned&#27;[31m <!-- ",
		"| a | b |", "# heading", "[click](javascript:alert(1)) ![x](https://evil.example/x.png) **bold** `code`", "```", "</details></table>",
		"status<<EOF", "succeeded", "EOF", "ghadelimiter", "_GitHubActionsFileCommandDelimeter_", "status=succeeded", "PUBLISH_OFFER_STATUS=succeeded", "$(id) `id` $PATH %0A::error::pwned %25",
		hostileToken, r.Header.Get("Authorization"),
	}
	if form, err := url.ParseQuery(string(r.body)); err == nil {
		lines = append(lines, form.Get("client_assertion"))
	}
	return strings.Join(lines, "\n") + "\r\n::error::pwned"
}
