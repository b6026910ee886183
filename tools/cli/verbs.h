// The verbs of the braid command. Each adds itself to `app` and leaves its exit status in `status`.
#ifndef BRAID_TOOLS_CLI_VERBS_H_
#define BRAID_TOOLS_CLI_VERBS_H_

namespace CLI {
class App;
}

namespace braid::cli {

inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kNoAnswer = 3;

void AddServe(CLI::App& app, int& status);
void AddLag(CLI::App& app, int& status);
void AddCompare(CLI::App& app, int& status);
void AddSeg(CLI::App& app, int& status);

}  // namespace braid::cli

#endif  // BRAID_TOOLS_CLI_VERBS_H_
