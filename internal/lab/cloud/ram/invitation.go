package ram

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type invitationShape struct {
	ResourceShareInvitationArn string     `json:"resourceShareInvitationArn"`
	ResourceShareArn           string     `json:"resourceShareArn"`
	ResourceShareName          string     `json:"resourceShareName"`
	SenderAccountID            string     `json:"senderAccountId"`
	ReceiverAccountID          string     `json:"receiverAccountId"`
	InvitationTimestamp        wire.Epoch `json:"invitationTimestamp"`
	Status                     string     `json:"status"`
}

func (i *invitation) shape(sh *share) invitationShape {
	return invitationShape{i.arn, sh.arn, sh.name, sh.owner, i.receiver, wire.Epoch(i.at), i.status}
}

func (s *Service) invitations(r *wire.Request) (any, error) {
	var in struct {
		pageInput
		ResourceShareArns, ResourceShareInvitationArns []string
	}
	if err := r.DecodeJSON(&in); err != nil {
		return nil, err
	}
	if err := s.may(r, "*"); err != nil {
		return nil, err
	}
	all := []invitationShape{}
	for _, arn := range wire.SortedKeys(s.shares) {
		sh := s.shares[arn]
		for _, i := range sh.invitations {
			if i.receiver == r.Caller.Account && !sh.deleted && sh.region == r.Region &&
				(len(in.ResourceShareArns) == 0 || slices.Contains(in.ResourceShareArns, sh.arn)) &&
				(len(in.ResourceShareInvitationArns) == 0 || slices.Contains(in.ResourceShareInvitationArns, i.arn)) {
				all = append(all, i.shape(sh))
			}
		}
	}
	page, next, err := paged(all, in.pageInput)
	return struct {
		Invitations []invitationShape `json:"resourceShareInvitations"`
		NextToken   string            `json:"nextToken,omitempty"`
	}{page, next}, err
}

// answer accepts or rejects an invitation.
func (s *Service) answer(status string) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in struct{ ResourceShareInvitationArn, ClientToken string }
		if err := r.DecodeJSON(&in); err != nil {
			return nil, err
		}
		if err := s.may(r, in.ResourceShareInvitationArn); err != nil {
			return nil, err
		}
		for _, sh := range s.shares {
			for _, i := range sh.invitations {
				if i.arn != in.ResourceShareInvitationArn || i.receiver != r.Caller.Account || sh.deleted {
					continue
				}
				switch i.status {
				case "ACCEPTED":
					return nil, wire.Errorf("ResourceShareInvitationAlreadyAcceptedException",
						"Invitation %s has already been accepted.", i.arn)
				case "REJECTED":
					return nil, wire.Errorf("ResourceShareInvitationAlreadyRejectedException",
						"Invitation %s has already been rejected.", i.arn)
				}
				i.status = status
				return struct {
					Invitation invitationShape `json:"resourceShareInvitation"`
				}{i.shape(sh)}, nil
			}
		}
		return nil, wire.Errorf("ResourceShareInvitationArnNotFoundException", "Invitation %s could not be found.",
			in.ResourceShareInvitationArn)
	}
}

type associationShape struct {
	ResourceShareArn  string     `json:"resourceShareArn"`
	ResourceShareName string     `json:"resourceShareName"`
	AssociatedEntity  string     `json:"associatedEntity"`
	AssociationType   string     `json:"associationType"`
	Status            string     `json:"status"`
	CreationTime      wire.Epoch `json:"creationTime"`
	External          bool       `json:"external"`
}

func (s *Service) associations(r *wire.Request) (any, error) {
	var in struct {
		pageInput
		AssociationType, AssociationStatus, Principal, ResourceArn string
		ResourceShareArns                                          []string
	}
	if err := r.DecodeJSON(&in); err != nil {
		return nil, err
	}
	if err := s.may(r, "*"); err != nil {
		return nil, err
	}
	all := []associationShape{}
	for _, sh := range s.seen(r, "SELF") {
		if sh.deleted || len(in.ResourceShareArns) > 0 && !slices.Contains(in.ResourceShareArns, sh.arn) {
			continue
		}
		entities := sh.resources
		if in.AssociationType == "PRINCIPAL" {
			entities = sh.principals
		}
		for _, e := range entities {
			status := "ASSOCIATED"
			if slices.ContainsFunc(sh.invitations, func(i *invitation) bool {
				return i.receiver == e && i.status != "ACCEPTED"
			}) {
				status = "ASSOCIATING" // until the invitation is accepted
			}
			if (in.Principal == "" || in.Principal == e) && (in.ResourceArn == "" || in.ResourceArn == e) &&
				(in.AssociationStatus == "" || in.AssociationStatus == status) {
				all = append(all, associationShape{
					sh.arn, sh.name, e, in.AssociationType, status, wire.Epoch(sh.created),
					in.AssociationType == "PRINCIPAL",
				})
			}
		}
	}
	page, next, err := paged(all, in.pageInput)
	return struct {
		Associations []associationShape `json:"resourceShareAssociations"`
		NextToken    string             `json:"nextToken,omitempty"`
	}{page, next}, err
}
