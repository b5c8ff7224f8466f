package app

import (
	"testing"
	"testing/synctest"

	"publish-offer/internal/emulator"
	"publish-offer/internal/story"
)

// One wrong input is as good as many: the run ends before the first request.
func TestOneWrongInputSendsNothing(t *testing.T) {
	t.Parallel()
	script, err := emulator.Parse("offer live\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, told := range map[string]story.Job{
		"publisher-id":          {Env: map[string]string{"INPUT_PUBLISHER-ID": "-contoso"}},
		"offer-id":              {Env: map[string]string{"INPUT_OFFER-ID": "contoso/offer"}},
		"tenant-id":             {Env: map[string]string{"INPUT_TENANT-ID": "not a tenant"}},
		"client-id":             {Env: map[string]string{"INPUT_CLIENT-ID": "$(clientId)"}},
		"command":               {Env: map[string]string{"INPUT_COMMAND": "publsh"}},
		"auth":                  {Env: map[string]string{"INPUT_AUTH": "password"}},
		"until":                 {Env: map[string]string{"INPUT_UNTIL": "forever"}},
		"if-running":            {Env: map[string]string{"INPUT_IF-RUNNING": "perhaps"}},
		"on-timeout":            {Env: map[string]string{"INPUT_ON-TIMEOUT": "perhaps"}},
		"on-cancel":             {Env: map[string]string{"INPUT_ON-CANCEL": "perhaps"}},
		"timeout":               {Env: map[string]string{"INPUT_TIMEOUT": "soon"}},
		"dry-run":               {Env: map[string]string{"INPUT_DRY-RUN": "perhaps"}},
		"notification-emails":   {Env: map[string]string{"INPUT_NOTIFICATION-EMAILS": "nobody"}},
		"outputs-file":          {Env: map[string]string{"INPUT_OUTPUTS-FILE": "$DIR/none/outputs.env"}},
		"operation to publish":  {Env: map[string]string{"INPUT_OPERATION": "0f3c1c2e-6d3b-4a57-9d6e-8f1f1d2c3b4a"}},
		"operation elsewhere":   {Env: map[string]string{"INPUT_COMMAND": "wait", "INPUT_OPERATION": "https://evil.example/api/operations/contoso$contoso-offer$2$preview"}},
		"MARKETPLACE_ENDPOINT":  {Env: map[string]string{"MARKETPLACE_ENDPOINT": "https://evil.example"}},
		"a real authority":      {Env: map[string]string{"MARKETPLACE_ENDPOINT": "https://127.0.0.1:8443"}},
		"AZURE_AUTHORITY_HOST":  {Env: map[string]string{"AZURE_AUTHORITY_HOST": "https://evil.example"}},
		"a shell's arguments":   {Args: []string{"sh", "-c", "publish"}},
		"an argument too many":  {Args: []string{"publish", "publish"}},
		"a flag nobody knows":   {Args: []string{"publish", "--forced"}},
		"a flag without a word": {Args: []string{"publish", "--until"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(script, emulator.Options{Seed: 1})
				j := job{Job: told}
				p := play(e, dir, j)
				if calls := e.Calls(); p.exit != exitInput || len(calls) > 0 {
					t.Errorf("exit %d after %d requests\n%s", p.exit, len(calls), p.stdout)
				}
				checkPromises(t, e, j, p, e.Calls())
			})
		})
	}
}

// Over HTTP/2 net/http sends a request again by itself where the peer says that it was not looked at.
// https://pkg.go.dev/net/http#Transport
func TestTransportSpeaksHTTP1Alone(t *testing.T) {
	t.Parallel()
	transport := Transport()
	if p := transport.Protocols; p == nil || !p.HTTP1() || p.HTTP2() || p.UnencryptedHTTP2() || transport.ForceAttemptHTTP2 {
		t.Errorf("it speaks %v", p)
	}
}
