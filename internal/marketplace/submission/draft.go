package submission

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"publish-offer/internal/marketplace"
	"publish-offer/internal/marketplace/rest"
)

// instance is one module of the draft, in the version that is to be published.
type instance struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type variant struct {
	VariantID string     `json:"variantID"`
	Resources []instance `json:"resources"`
}

// request is the body that makes a submission.
type request struct {
	ResourceType     string     `json:"resourceType"`
	Targets          []instance `json:"targets"`
	Resources        []instance `json:"resources"`
	VariantResources []variant  `json:"variantResources,omitempty"`
}

// draft reads what is to be published: each module's draft, for the product and for each plan.
func (c *Client) draft(ctx context.Context, product Product) ([]byte, error) {
	out := request{ResourceType: "SubmissionCreationRequest", Targets: []instance{{"Scope", "preview"}}, Resources: []instance{}}
	ofPlans := map[string][]instance{}
	for _, module := range []string{"Availability", "Listing", "Package", "Property", "ResellerConfiguration"} {
		rows, err := c.module(ctx, product, module)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			c.warn("the draft of the offer has no module " + module + ": the submission is made without it, " +
				"and the service may refuse that")
		}
		for _, row := range rows {
			one := instance{module, string(row.CurrentDraftInstanceID)}
			if row.VariantID == "" {
				out.Resources = append(out.Resources, one)
			} else {
				id := strings.ToLower(string(row.VariantID))
				ofPlans[id] = append(ofPlans[id], one)
			}
		}
	}
	plans, short, err := c.plans(ctx, product)
	if err != nil {
		return nil, err
	}
	for _, plan := range plans {
		resources := ofPlans[strings.ToLower(plan.id)]
		delete(ofPlans, strings.ToLower(plan.id))
		if plan.none {
			continue
		}
		if len(resources) == 0 {
			c.warn("The draft of the plan " + plan.name + " is empty. The submission is made without it.")
			continue
		}
		out.VariantResources = append(out.VariantResources, variant{plan.id, resources})
	}
	if short != nil && len(ofPlans) > 0 { // a plan that has a draft stands on the page that is not there
		return nil, short
	}
	return json.Marshal(out)
}

const maxIDs = 500 // bytes of what an item of the draft is named by

type wireBranch struct {
	CurrentDraftInstanceID, VariantID rest.Text
}

// module reads a module's rows: none where the offer has no such module.
func (c *Client) module(ctx context.Context, product Product, module string) ([]wireBranch, error) {
	call := rest.Call{Name: "read draft of " + module, Path: root + "/" + product.ID + "/branches/getByModule(module=" + module + ")"}
	list, err := rest.ReadList(ctx, c.rest, call, branch)
	switch err = notTheEnd(err); {
	case isFault(err, marketplace.NotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case list.Bad != nil:
		return nil, list.First.Unreadable(list.Bad)
	}
	return distinct(list.Items), nil
}

// distinct leaves out what was there before.
func distinct[T comparable](all []T) []T {
	var out []T
	for _, one := range all {
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

func branch(raw json.RawMessage) (wireBranch, error) {
	var row wireBranch
	if json.Unmarshal(raw, &row) != nil || len(row.CurrentDraftInstanceID)+len(row.VariantID) > maxIDs {
		return row, errors.New("a row that is none")
	}
	if row.CurrentDraftInstanceID == "" {
		return row, rest.ErrSkip
	}
	return row, nil
}

type plan struct {
	id, name string
	none     bool // it is something else, a test drive for example
}

type wireVariant struct {
	ID, ResourceType, SubType, ExternalID, FriendlyName rest.Text
}

// plans reads the offer's plans. Apps of Dynamics 365 may have none, and then not even the list. short is the error of a
// further page that is not there, as the last one may be.
func (c *Client) plans(ctx context.Context, product Product) (all []plan, short, err error) {
	list, err := rest.ReadList(ctx, c.rest, rest.Call{Name: "list plans", Path: root + "/" + product.ID + "/variants"}, c.plan)
	missing := isFault(err, marketplace.NotFound)
	switch {
	case missing && rest.Normal(product.Type) != "azureapplication":
		return nil, nil, nil
	case notTheEnd(err) != nil:
		return nil, nil, err
	case list.Bad != nil:
		return nil, nil, list.First.Unreadable(list.Bad)
	}
	return list.Items, err, nil
}

// plan decodes a variant, if it is a plan.
func (c *Client) plan(raw json.RawMessage) (plan, error) {
	var v wireVariant
	if json.Unmarshal(raw, &v) != nil || v.ID == "" || len(v.ID) > maxIDs {
		return plan{}, errors.New("a plan without an id")
	}
	const trial = "testdrive"
	testDrive := rest.Normal(string(v.ExternalID)) == trial || rest.Normal(string(v.SubType)) == trial
	none := rest.Normal(string(v.ResourceType)) != "azureskuvariant" || testDrive
	return plan{none: none, id: string(v.ID), name: c.text.words.Name(cmp.Or(v.ExternalID, v.FriendlyName, v.ID))}, nil
}

func (c *Client) warn(text string) {
	c.mu.Lock()
	told := c.warned[text]
	c.warned[text] = true
	c.mu.Unlock()
	if !told {
		c.tell(text)
	}
}
