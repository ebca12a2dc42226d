package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// upload is an object in parts that is not there yet.
type upload struct {
	id, key   string
	begun     time.Time
	header    http.Header
	sse       encryption
	algorithm string // of the checksum, lower case
	whole     bool   // the checksum is of the whole object, not of the parts' checksums
	parts     map[int]part
}

type part struct {
	body      []byte
	etag      string
	checksums map[string]string
	modified  time.Time
}

// minimumPart is what every part but the last must have.
const minimumPart = 5 << 20

func (s *Service) createUpload(r *wire.Request) (any, error) {
	name, key := place(r)
	b, err := s.reach(r, "PutObject", sseContext(r.HTTP.Header))
	if err != nil {
		return nil, err
	}
	sse, err := s.encryptionFor(r, b, key)
	if err != nil {
		return nil, err
	}
	u := &upload{
		id:        wire.RandomHex(24),
		key:       key,
		begun:     s.clock.Now(),
		header:    keep(r.HTTP.Header),
		sse:       sse,
		parts:     map[int]part{},
		algorithm: strings.ToLower(r.HTTP.Header.Get("X-Amz-Checksum-Algorithm")),
		whole:     r.HTTP.Header.Get("X-Amz-Checksum-Type") == "FULL_OBJECT",
	}
	if u.algorithm == "" {
		u.algorithm = "crc64nvme"
	}
	if algorithms[u.algorithm] == nil {
		return nil, wire.Errorf("InvalidRequest", "Checksum algorithm provided is unsupported.")
	}
	u.whole = u.whole || u.algorithm == "crc64nvme"
	b.uploads[u.id] = u
	response := document(struct {
		XMLName               xml.Name `xml:"InitiateMultipartUploadResult"`
		Bucket, Key, UploadId string
	}{Bucket: name, Key: key, UploadId: u.id})
	sse.describe(response.Header)
	response.Header.Set("X-Amz-Checksum-Algorithm", strings.ToUpper(u.algorithm))
	return response, nil
}

// uploadFor finds the upload of a request.
func (s *Service) uploadFor(r *wire.Request, action string) (*bucket, *upload, error) {
	_, key := place(r)
	b, err := s.reach(r, action, nil)
	if err != nil {
		return nil, nil, err
	}
	u := b.uploads[r.HTTP.URL.Query().Get("uploadId")]
	if u == nil || u.key != key {
		return nil, nil, wire.NotFoundf("NoSuchUpload",
			"The specified upload does not exist. The upload ID may be invalid, or the upload may "+
				"have been aborted or completed.")
	}
	return b, u, nil
}

func (s *Service) uploadPart(r *wire.Request) (any, error) {
	b, u, err := s.uploadFor(r, "PutObject")
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(r.HTTP.URL.Query().Get("partNumber"))
	if err != nil || number < 1 || number > 10000 {
		return nil, wire.Errorf("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
	}
	if err := intact(r); err != nil {
		return nil, err
	}
	sums, err := checksums(r.HTTP.Header, r.Body)
	if err != nil {
		return nil, err
	}
	if u.sse.key != "" {
		// Parts are added to what is encrypted already: that takes the right to decrypt.
		if _, err := s.useKey(r.Caller, b, u.key, u.sse.key, "Decrypt"); err != nil {
			return nil, err
		}
	}
	p := part{body: r.Body, etag: etag(r.Body, u.sse), checksums: sums, modified: s.clock.Now()}
	u.parts[number] = p
	response := empty(http.StatusOK)
	response.Header.Set("Etag", p.etag)
	u.sse.describe(response.Header)
	for name, value := range sums {
		response.Header.Set("X-Amz-Checksum-"+name, value)
	}
	return response, nil
}

type completedPart struct {
	PartNumber                                                                     int
	ETag                                                                           string
	ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 string
}

func (c completedPart) checksums() map[string]string {
	return map[string]string{
		"crc32":     c.ChecksumCRC32,
		"crc32c":    c.ChecksumCRC32C,
		"crc64nvme": c.ChecksumCRC64NVME,
		"sha1":      c.ChecksumSHA1,
		"sha256":    c.ChecksumSHA256,
	}
}

func (s *Service) completeUpload(r *wire.Request) (any, error) {
	b, u, err := s.uploadFor(r, "PutObject")
	if err != nil {
		return nil, err
	}
	var in struct{ Part []completedPart }
	if err := xml.Unmarshal(r.Body, &in); err != nil || len(in.Part) == 0 {
		return nil, wire.Errorf("MalformedXML",
			"The XML you provided was not well-formed or did not validate against our published schema")
	}
	if err := writable(b, u.key, r.HTTP.Header); err != nil {
		return nil, err
	}
	if u.sse.key != "" {
		if _, err := s.useKey(r.Caller, b, u.key, u.sse.key, "Decrypt"); err != nil {
			return nil, err
		}
	}
	o, err := u.join(in.Part)
	if err != nil {
		return nil, err
	}
	if want := r.HTTP.Header.Get("X-Amz-Checksum-" + u.algorithm); want != "" && want != o.checksums[u.algorithm] {
		return nil, wire.Errorf("BadDigest", "The %s you specified did not match the calculated checksum.",
			strings.ToUpper(u.algorithm))
	}
	o.modified = s.clock.Now()
	b.store(u.key, o)
	delete(b.uploads, u.id)
	response := document(struct {
		XMLName           xml.Name `xml:"CompleteMultipartUploadResult"`
		Bucket, Key, ETag string
		ChecksumCRC32     string `xml:",omitempty"`
		ChecksumSHA256    string `xml:",omitempty"`
		ChecksumCRC64NVME string `xml:",omitempty"`
	}{
		Bucket:            b.name,
		Key:               u.key,
		ETag:              o.etag,
		ChecksumCRC32:     o.checksums["crc32"],
		ChecksumSHA256:    o.checksums["sha256"],
		ChecksumCRC64NVME: o.checksums["crc64nvme"],
	})
	o.sse.describe(response.Header)
	return response, nil
}

// join makes the object of the parts that are named, which must be those that arrived.
func (u *upload) join(named []completedPart) (*object, error) {
	var body bytes.Buffer
	var digests, sums []byte
	if !slices.IsSortedFunc(named, func(a, b completedPart) int { return a.PartNumber - b.PartNumber }) {
		return nil, wire.Errorf("InvalidPartOrder",
			"The list of parts was not in ascending order. Parts must be ordered by part number.")
	}
	for i, n := range named {
		p, ok := u.parts[n.PartNumber]
		if !ok || !same(n.ETag, p.etag) {
			return nil, wire.Errorf("InvalidPart",
				"One or more of the specified parts could not be found. The part may not have been uploaded, or the "+
					"specified entity tag may not match the part's entity tag.")
		}
		for name, value := range n.checksums() {
			if value != "" && value != sum(name, p.body) {
				return nil, wire.Errorf("InvalidPart",
					"One or more of the specified parts could not be found. The checksum of part %d does not match.",
					n.PartNumber)
			}
		}
		if len(p.body) < minimumPart && i < len(named)-1 {
			return nil, wire.Errorf("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
		}
		digest5 := md5.Sum(p.body)
		digests = append(digests, digest5[:]...)
		sums = append(sums, digest(u.algorithm, p.body)...)
		body.Write(p.body)
	}
	o := &object{body: body.Bytes(), header: u.header, sse: u.sse, composite: !u.whole, checksums: map[string]string{}}
	if u.whole {
		o.checksums[u.algorithm] = sum(u.algorithm, o.body)
	} else {
		o.checksums[u.algorithm] = base64.StdEncoding.EncodeToString(digest(u.algorithm, sums)) + "-" +
			strconv.Itoa(len(named))
	}
	all := md5.Sum(digests)
	o.etag = `"` + hex.EncodeToString(all[:]) + "-" + strconv.Itoa(len(named)) + `"`
	return o, nil
}

func (s *Service) abortUpload(r *wire.Request) (any, error) {
	b, u, err := s.uploadFor(r, "AbortMultipartUpload")
	if err != nil {
		return nil, err
	}
	delete(b.uploads, u.id)
	return empty(http.StatusNoContent), nil
}

func (s *Service) listParts(r *wire.Request) (any, error) {
	b, u, err := s.uploadFor(r, "ListMultipartUploadParts")
	if err != nil {
		return nil, err
	}
	type entry struct {
		PartNumber         int
		ETag, LastModified string
		Size               int
	}
	var all []entry
	for _, n := range wire.SortedKeys(u.parts) {
		p := u.parts[n]
		all = append(all, entry{n, p.etag, p.modified.UTC().Format(time.RFC3339), len(p.body)})
	}
	page, next, err := wire.Page(all, r.HTTP.URL.Query().Get("part-number-marker"), 0, 1000)
	if err != nil {
		return nil, err
	}
	return document(struct {
		XMLName               xml.Name `xml:"ListPartsResult"`
		Bucket, Key, UploadId string
		NextPartNumberMarker  string `xml:",omitempty"`
		IsTruncated           bool
		Part                  []entry
	}{Bucket: b.name, Key: u.key, UploadId: u.id, NextPartNumberMarker: next, IsTruncated: next != "", Part: page}), nil
}

func (s *Service) listUploads(r *wire.Request) (any, error) {
	b, err := s.reach(r, "ListBucketMultipartUploads", nil)
	if err != nil {
		return nil, err
	}
	type entry struct{ Key, UploadId, Initiated string }
	var all []entry
	for _, id := range wire.SortedKeys(b.uploads) {
		if u := b.uploads[id]; strings.HasPrefix(u.key, r.HTTP.URL.Query().Get("prefix")) {
			all = append(all, entry{u.key, u.id, u.begun.UTC().Format(time.RFC3339)})
		}
	}
	return document(struct {
		XMLName     xml.Name `xml:"ListMultipartUploadsResult"`
		Bucket      string
		IsTruncated bool
		Upload      []entry
	}{Bucket: b.name, Upload: all}), nil
}
