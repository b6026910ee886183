// braid seg: looks into stored logs, checks and repairs them, with no broker running.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "tools/cli/verbs.h"
#include "tools/seg/commands.h"

namespace braid::cli {
namespace {

// What most commands are asked.
struct Question {
  std::string dir;
  std::string to;
  bool json = false;
};

std::shared_ptr<Question> AskOfDirectory(CLI::App* command) {
  auto question = std::make_shared<Question>();
  command->add_option("DIR", question->dir, "One log's directory, or a data directory")->required();
  command->add_flag("--json", question->json, "As JSON");
  return question;
}

void AddDump(CLI::App& seg, int& status) {
  CLI::App* dump = seg.add_subcommand("dump", "Prints batches, and records if wanted");
  auto question = AskOfDirectory(dump);
  auto options = std::make_shared<seg::DumpOptions>();
  dump->add_flag("--records", options->records, "The records of each batch as well");
  dump->add_option("--from", options->from, "First offset to print")->capture_default_str();
  dump->add_option("--max", options->max, "So many batches, or records, of each log");
  dump->callback([question, options, &status] {
    options->json = question->json;
    status = seg::Dump(question->dir, *options);
  });
}

void AddRepair(CLI::App& seg, int& status) {
  CLI::App* repair = seg.add_subcommand(
      "repair", "Copies every whole batch to another directory and says what is lost");
  auto question = AskOfDirectory(repair);
  repair->add_option("--to", question->to, "Where the copy goes; must not exist")->required();
  repair->callback(
      [question, &status] { status = seg::Repair(question->dir, question->to, question->json); });
}

void AddImport(CLI::App& seg, int& status) {
  CLI::App* import = seg.add_subcommand(
      "import", "Makes a stream of a Kafka broker's partition directory, offsets kept");
  auto options = std::make_shared<seg::ImportOptions>();
  import->add_option("KAFKA_LOG_DIR", options->kafka_dir, "Such as kafka-logs/orders-0")
      ->required();
  import->add_option("--data", options->data, "Braid's data directory; made when missing")
      ->required();
  import->add_option("--stream", options->stream, "The new stream's name")->required();
  import->add_flag("--json", options->json, "As JSON");
  import->callback([options, &status] { status = seg::Import(*options);
});
}  // namespace

}  // namespace braid::cli

void AddSeg(CLI::App& app, int& status) {
  CLI::App* seg = app.add_subcommand("seg", "Looks into stored logs, checks and repairs them");
  seg->require_subcommand(1);
  seg->footer(
      "No broker may be running on the directory. Only repair and import write, and never into\n"
      "what they read.\n"
      "Exit status: 0 done, 1 damage or failure, 2 asked for what cannot be.");
  CLI::App* ls = seg->add_subcommand("ls", "Lists segments");
  ls->callback([question = AskOfDirectory(ls), &status] {
    status = seg::Ls(question->dir, question->json);
  });
  AddDump(*seg, status);
  CLI::App* verify = seg->add_subcommand(
      "verify", "Checks CRCs, offsets, records, manifest and indexes; exits 1 on any fault");
  verify->callback([question = AskOfDirectory(verify), &status] {
    status = seg::Verify(question->dir, question->json);
  });
  CLI::App* stats = seg->add_subcommand("stats", "Says what the bytes are spent on");
  stats->callback([question = AskOfDirectory(stats), &status] {
    status = seg::Stats(question->dir, question->json);
  });
  AddRepair(*seg, status);
  AddImport(*seg, status);
}

}  // namespace braid::cli
