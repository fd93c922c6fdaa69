// Puts all nouns into one program.
#include "clients/cli/app.h"
#include "clients/cli/command.h"

namespace tocsin::cli {

int RunCommandLine(const Surroundings& surroundings, const std::vector<std::string>& arguments) {
  Program program(surroundings);
  AddIncidentVerbs(program);
  AddTimelineVerbs(program);
  AddAlertVerb(program);
  AddSearchVerb(program);
  AddAwarenessVerbs(program);
  AddEvidenceVerbs(program);
  AddWatchVerb(program);
  AddObligationVerbs(program);
  AddAuthorityVerb(program);
  AddSignificanceVerbs(program);
  AddRegimeVerbs(program);
  AddNotificationVerbs(program);
  AddPlaybookVerbs(program);
  AddBriefingVerbs(program);
  AddDrillVerbs(program);
  AddReviewVerbs(program);
  AddActionVerbs(program);
  AddRegisterVerb(program);
  AddReportVerb(program);
  AddExportVerbs(program);
  AddImportVerbs(program);
  AddAccessVerbs(program);
  AddChatVerbs(program);
  AddContextVerbs(program);
  AddQueueVerbs(program);
  AddCheckpointVerbs(program);
  AddCompletionVerb(program);
  return program.Main(arguments);
}

}  // namespace tocsin::cli
