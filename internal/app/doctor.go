package app

import (
	"context"

	"publish-offer/internal/input"
)

func (r *run) doctor(context.Context, input.Problems) int { return exitInput }
