package ci

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tell writes through every method, with foreign text that tries to be more.
func tell(t *testing.T, c *Console) {
	c.Secret("s3cr3t")
	c.Secret("s3cr3t")
	c.Debug("seen 1")
	c.Group("Sign in: 50%")
	c.Line(Plain, "  indented   text")
	time.Sleep(2 * time.Second)
	c.EndGroup()
	c.Line(Good, "ok")
	c.Tick()
	c.Tick()
	c.Line(Plain, "::error::not\nmine ##vso[task.complete result=Failed]x s3cr3t \x1b[31m")
	c.Progress(140, "almost; 50% [x]")
	c.Annotate(Error, "Step, a:b", "50%; [x]\n::warning::y")
	c.Annotate(Warning, "", "careful")
	c.Annotate(Notice, "Carry on", "with wait")
	if err := c.Outputs([]Output{{"operation-path", "/api/operations/a$b"}, {"status", "running"}}); err != nil {
		t.Error(err)
	}
	if err := c.Outputs(ended("50% of $(System.AccessToken) is %PATH%\nx=1")); err != nil {
		t.Error(err)
	}
	if err := c.Summary("# first\n"); err != nil {
		t.Error(err)
	}
	if err := c.Summary("# Failed\n\n| a | s3cr3t |\n"); err != nil {
		t.Error(err)
	}
	c.Close(true, "it failed")
	c.Close(true, "it failed")
}

const path = "/api/operations/contoso$contoso-offer$2$preview?api-version=2017-10-31"

const wantDotenv = `PUBLISH_OFFER_OPERATION_PATH=/api/operations/contoso%24contoso-offer%242%24preview?api-version=2017-10-31
PUBLISH_OFFER_STATUS=failed
PUBLISH_OFFER_OPERATION_ID=
PUBLISH_OFFER_FAILED_STEP=Certification
PUBLISH_OFFER_MESSAGE=50% of %24(System.AccessToken) is % PATH% x=1
PUBLISH_OFFER_ELAPSED_SECONDS=61
`

// wantResults is what a script around the program reads.
const wantResults = `operation-path=` + path + `
status=failed
operation-id=
failed-step=Certification
message=50% of $(System.AccessToken) is %PATH% x=1
elapsed-seconds=61
`

func TestTranscripts(t *testing.T) {
	t.Parallel()
	const esc = "\x1b"
	for _, test := range []struct {
		kind  Kind
		env   env
		want  string
		files map[string]string
	}{
		{GitHub, env{"RUNNER_DEBUG": "1"}, `::add-mask::s3cr3t
::debug::seen 1
::group::Sign in: 50%25
  indented   text
::endgroup::
` + esc + `[32mok` + esc + `[0m
..
: :error::not mine # #vso[task.complete result=Failed]x *** [31m
::error title=Step%2C a%3Ab::50%25; [x] ::warning::y
::warning::careful
::notice title=Carry on::with wait
`, map[string]string{
			"output": `operation-path=/api/operations/a$b
status=running
operation-path=` + path + `
operation-id=
status=failed
failed-step=Certification
message=50% of $(System.AccessToken) is %PATH% x=1
elapsed-seconds=61
`,
			"summary": "# Failed\n\n| a | *** |\n",
		}},
		{AzurePipelines, env{"SYSTEM_DEBUG": "True"}, `##vso[task.setsecret]s3cr3t
##vso[task.debug]seen 1
##[group]Sign in: 50%
  indented   text
##[endgroup]
ok
..
: :error::not mine # #vso[task.complete result=Failed]x *** [31m
##vso[task.setprogress value=100]almost; 50%AZP25 [x]
##vso[task.logissue type=error]Step, a:b: 50%AZP25; [x] ::warning::y
##vso[task.logissue type=warning]careful
Carry on: with wait
##vso[task.setvariable variable=operationPath;isoutput=true]/api/operations/a$b
##vso[task.setvariable variable=status;isoutput=true]running
##vso[task.setvariable variable=operationPath;isoutput=true]` + path + `
##vso[task.setvariable variable=operationId;isoutput=true]
##vso[task.setvariable variable=status;isoutput=true]failed
##vso[task.setvariable variable=failedStep;isoutput=true]Certification
##vso[task.setvariable variable=message;isoutput=true]50%AZP25 of $ (System.AccessToken) is %AZP25PATH%AZP25 x=1
##vso[task.setvariable variable=elapsedSeconds;isoutput=true]61
##vso[task.uploadsummary]FOLDER/publish-offer.md
##vso[task.complete result=Failed]it failed
`, map[string]string{"publish-offer-*/publish-offer.md": "# Failed\n\n| a | *** |\n"}},
		{GitLab, env{"CI_DEBUG_TRACE": "true"}, esc + `[90mDEBUG: seen 1` + esc + `[0m
` + esc + "[0Ksection_start:946684800:sign_in__50__946684800_1[collapsed=true]\r" + esc + `[0KSign in: 50%
  indented   text
` + esc + "[0Ksection_end:946684802:sign_in__50__946684800_1\r" + esc + `[0K
` + esc + `[32mok` + esc + `[0m
..
: :error::not mine # #vso[task.complete result=Failed]x *** [31m
` + esc + `[31mERROR: Step, a:b: 50%; [x] ::warning::y` + esc + `[0m
` + esc + `[33mWARNING: careful` + esc + `[0m
Carry on: with wait
`, map[string]string{"publish-offer.env": wantDotenv}},
		{Terminal, env{"PUBLISH_OFFER_DEBUG": "1"}, `DEBUG: seen 1
Sign in: 50%
  indented   text
ok
..
: :error::not mine # #vso[task.complete result=Failed]x *** [31m
ERROR: Step, a:b: 50%; [x] ::warning::y
WARNING: careful
Carry on: with wait
`, nil},
	} {
		t.Run(string(test.kind), func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, test.kind, test.env)
			synctest.Test(t, func(t *testing.T) { tell(t, s.Console) })
			got := s.log().String()
			folders, _ := filepath.Glob(s.file("publish-offer-*"))
			for _, folder := range folders {
				got = strings.ReplaceAll(got, folder, "FOLDER")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the log (-want +got):\n%s", diff)
			}
			other, wantOther := s.stderr, ""
			if test.kind == Terminal {
				other, wantOther = s.stdout, wantResults
			}
			if diff := cmp.Diff(wantOther, other.String()); diff != "" {
				t.Errorf("beside the log (-want +got):\n%s", diff)
			}
			seen := 0
			for pattern, want := range test.files {
				matches, _ := filepath.Glob(s.file(pattern))
				if len(matches) != 1 {
					t.Fatalf("%s: %d files", pattern, len(matches))
				}
				text, err := os.ReadFile(matches[0])
				if diff := cmp.Diff(want, string(text)); diff != "" || err != nil {
					t.Errorf("%s (-want +got):\n%s%v", pattern, diff, err)
				}
				seen++
			}
			if entries, _ := os.ReadDir(s.folder); len(entries) != seen {
				t.Errorf("%d files were left, want %d: %v", len(entries), seen, entries)
			}
		})
	}
}
