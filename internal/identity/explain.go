package identity

// Explain says what one of Entra's codes ("AADSTS700213") means for a federated sign-in, and what to do next. Both are
// empty for a code that it does not know. What needs the assertion's claims is left to the caller.
//
// The codes are for people: Microsoft may change them, and nothing else is decided by them.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
// https://learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity
func Explain(code string) (meaning, next string) {
	switch code {
	case "AADSTS70021":
		return "no federated credential of the app matches the assertion",
			"compare issuer, subject and audience of the app's federated credential with the assertion's, letter by letter; one made a moment ago needs some minutes"
	case "AADSTS700211":
		return "no federated credential of the app has the assertion's issuer",
			"set the issuer of the app's federated credential to the assertion's, letter by letter, a slash at the end included"
	case "AADSTS700212":
		return "no federated credential of the app has the assertion's audience",
			"set the audience of the app's federated credential to the assertion's; " + audience + " is usual"
	case "AADSTS700213":
		return "no federated credential of the app has the assertion's subject",
			"set the subject of the app's federated credential to the assertion's, letter by letter; repositories created, renamed or transferred on GitHub since 15 July 2026 carry numeric ids in theirs"
	case "AADSTS70025":
		return "the app has no federated credential at all",
			"add a federated credential to the app that client-id names (Certificates & secrets, Federated credentials)"
	case "AADSTS700016":
		return "the tenant does not know the app",
			"check client-id (the application id, not an object id) and tenant-id: the app must be in that tenant"
	case "AADSTS700024":
		return "the assertion was presented before or after its time",
			"check the machine's clock; an assertion that cannot be renewed must outlive the job, so raise the job's timeout or hand over a fresh one"
	case "AADSTS700027", "AADSTS50013":
		return "Entra could not verify the assertion",
			"check that the assertion comes from the issuer of the federated credential and is handed over whole"
	case "AADSTS50027":
		return "the assertion is no valid JSON Web Token",
			"check that the variable or file holds the token itself, whole and alone"
	case "AADSTS501661":
		return "Entra cannot reach the issuer of the assertion",
			"the issuer's address must serve /.well-known/openid-configuration and its keys to the internet; a self-managed GitLab or GitHub server often does not"
	case "AADSTS700223", "AADSTS700238":
		return "the tenant forbids federated credentials of this issuer",
			"ask the tenant's administrator to allow the issuer in the app management policy"
	case "AADSTS7002381":
		return "the tenant accepts assertions of this issuer only with a claim of its own choice, such as GitHub's enterprise",
			"run from a repository of the enterprise that the tenant names, or ask its administrator to change the app management policy"
	case "AADSTS70052":
		return "a multi-tenant app cannot use an assertion that Entra itself issued",
			"use an app of a single tenant, or a managed identity, for this service connection"
	case "AADSTS900382":
		return "the app and the authority belong to different clouds",
			"check AZURE_AUTHORITY_HOST and tenant-id: app, tenant and authority must be of the same cloud"
	case "AADSTS90002", "AADSTS900023":
		return "there is no such tenant",
			"check tenant-id: the directory's GUID or one of its domains"
	case "AADSTS500011":
		return "the tenant does not know the marketplace API",
			"sign in with an app of the tenant that the publisher account belongs to"
	case "AADSTS7000112":
		return "the app is disabled",
			"ask the tenant's administrator to enable the app's service principal"
	case "AADSTS7000229":
		return "the app has no service principal in the tenant",
			"create the app's service principal (Enterprise applications) in the tenant that tenant-id names"
	case "AADSTS7000215":
		return "Entra took the sign-in for one with a client secret, and the secret is wrong",
			"this program sends no secret: check that nothing between it and Entra rewrites its requests, and sign in to the Azure CLI again if it is the CLI's"
	case "AADSTS53003":
		return "a Conditional Access policy blocks the sign-in",
			"ask the tenant's administrator to let this workload identity sign in from the runner's addresses"
	}
	return "", ""
}
