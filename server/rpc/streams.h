// The reactors of the streaming methods. Each owns itself: made for one call, gone when gRPC says
// that the call is done.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "server/rpc/backend.h"
#include "tocsin/v1/evidence.pb.h"
#include "tocsin/v1/export.pb.h"
#include "tocsin/v1/timeline.pb.h"

namespace tocsin::rpc {

/// Bulk recording: entries are submitted as they come, and the answer leaves when the last is
/// durable.
grpc::ServerReadReactor<v1::RecordEntryRequest>* StartRecordStream(
    Backend& backend, grpc::CallbackServerContext* rpc, v1::RecordEntriesResponse* response);

/// Watching: messages arrive serialised, because most watchers get the same ones.
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartWatchStream(Backend& backend,
                                                             grpc::CallbackServerContext* rpc,
                                                             const grpc::ByteBuffer* request);

/// Exporting: an export entry first, then the record up to it, all proved for one size of the log.
grpc::ServerWriteReactor<v1::ExportIncidentResponse>* StartExportStream(
    Backend& backend, grpc::CallbackServerContext* rpc, const v1::ExportIncidentRequest* request);

/// The file of an item of evidence, on its way in: a piece is sealed and written before the next
/// one is read, so that an upload needs the memory of one piece.
grpc::ServerReadReactor<v1::UploadEvidenceRequest>* StartUploadStream(
    Backend& backend, grpc::CallbackServerContext* rpc, v1::UploadEvidenceResponse* response);

/// And on its way out: an entry that says so first, then piece by piece.
grpc::ServerWriteReactor<v1::RetrieveEvidenceResponse>* StartRetrieveStream(
    Backend& backend, grpc::CallbackServerContext* rpc, const v1::RetrieveEvidenceRequest* request);

}  // namespace tocsin::rpc
