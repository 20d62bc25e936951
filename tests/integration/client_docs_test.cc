// What the help says is in the man pages, and is what the shells offer: asked of the real programs.
#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <sstream>

#include "tests/integration/client_fixture.h"

namespace transcribed {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::UnorderedElementsAre;

const std::vector<std::string> commands{
    "",          "jobs", "show",   "explain",     "cancel",     "retry",     "delete",    "move",
    "resources", "top",  "models", "models pull", "models add", "models rm", "completion"};

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// "--output" and "-o" from lines such as "  -o,--output DIR   Folder ...".
std::set<std::string> options_in(const std::string& help) {
  std::set<std::string> options;
  for (const std::string& line : lines_of(help)) {
    if (line.rfind("  -", 0) != 0) continue;
    std::istringstream names(words_of(line).front());
    for (std::string name; std::getline(names, name, ',');) options.insert(name);
  }
  return options;
}

fs::path find_program(const std::string& name) {
  for (const char* folder : {"/usr/bin", "/bin", "/usr/local/bin"}) {
    if (fs::exists(fs::path(folder) / name)) return fs::path(folder) / name;
  }
  return {};
}

std::string file_content(const fs::path& path) {
  std::ifstream stream(path);
  EXPECT_TRUE(stream.is_open()) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

class ClientDocs : public ClientTest {
 protected:
  std::set<std::string> options_of(const std::string& command) {
    std::vector<std::string> arguments = words_of(command);
    arguments.emplace_back("--help");
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 0) << command;
    auto options = options_in(ended.out);
    EXPECT_THAT(options, IsSupersetOf({"-h", "--help"}));
    return options;
  }
  // `program` with the `transcribe` of this build found first.
  fakes::ProcessSettings shell(std::vector<std::string> command) {
    fakes::ProcessSettings wanted = settings({});
    wanted.command = std::move(command);
    wanted.environment["PATH"] =
        fs::path(TRANSCRIBE_PROGRAM).parent_path().string() + ":/usr/bin:/bin";
    wanted.environment["HOME"] = folder_.string();
    wanted.environment["ZDOTDIR"] = folder_.string();
    return wanted;
  }
  void some_jobs() {
    for (const char* name : {"queued.wav", "failed.wav", "completed.wav"}) {
      recording(name);
      fakes::JobScript script;
      script.steps = {fs::path(name).stem().string()};
      server_.script(name, script);
    }
    EXPECT_EQ(run({"--detach", "-q", "queued.wav", "failed.wav", "completed.wav"}).status, 0);
  }

  // What bash offers when Tab is pressed behind `line`.
  std::vector<std::string> bash_offers(const std::string& line) {
    std::vector<std::string> words = words_of(line);
    if (line.back() == ' ') words.emplace_back();
    std::string script = std::string("source '") + COMPLETIONS + "/transcribe.bash'; COMP_WORDS=(";
    for (const std::string& word : words) script += "'" + word + "' ";
    script += "); COMP_CWORD=" + std::to_string(words.size() - 1) + "; COMP_LINE='" + line +
              "'; COMP_POINT=${#COMP_LINE}; _transcribe; printf '%s\\n' \"${COMPREPLY[@]}\"";
    return lines_of(run(shell({"/bin/bash", "--norc", "-c", script})).out);
  }
  // What fish offers, without its descriptions.
  std::vector<std::string> fish_offers(const std::string& line) {
    const std::string script =
        std::string("source '") + COMPLETIONS + "/transcribe.fish'; complete -C '" + line + "'";
    std::vector<std::string> offers =
        lines_of(run(shell({find_program("fish"), "--no-config", "-c", script})).out);
    for (std::string& offer : offers) offer = offer.substr(0, offer.find('\t'));
    return offers;
  }
};

TEST_F(ClientDocs, TheManPageHasEveryOptionOfTheHelp) {
  const std::string page = file_content(MAN_PAGES "/transcribe.1");
  for (const std::string& command : commands) {
    if (!command.empty()) EXPECT_THAT(page, HasSubstr(".It Ic " + command)) << command;
    for (const std::string& option : options_of(command)) {
      EXPECT_THAT(page, testing::ContainsRegex("Fl " + option.substr(1) + "[ \n]"))
          << command << " " << option;
    }
  }
}

TEST_F(ClientDocs, TheDaemonsManPageHasEveryFlag) {
  const std::string page = file_content(MAN_PAGES "/transcribed.8");
  std::set<std::string> flags;
  for (const char* command : {"", "keys", "keys add", "keys list", "keys rm"}) {
    fakes::ProcessSettings wanted = settings({});
    wanted.command = words_of(std::string(TRANSCRIBED_PROGRAM) + " " + command + " --help");
    for (const std::string& flag : options_in(run(wanted).out)) flags.insert(flag);
  }
  EXPECT_THAT(flags, IsSupersetOf({"--vram-accounting", "--max-queued"}));
  for (const std::string& flag : flags) {
    EXPECT_THAT(page, testing::ContainsRegex("Fl " + flag.substr(1) + "[ \n]")) << flag;
  }
}

TEST_F(ClientDocs, EveryCommandOfTheHelpIsLookedAtHere) {
  std::set<std::string> named;
  bool in_commands = false;
  for (const std::string& line : lines_of(run({"--help"}).out)) {
    if (line.rfind("Commands (", 0) == 0) {
      in_commands = true;
    } else if (line.empty()) {
      in_commands = false;
    } else if (in_commands) {
      named.insert(words_of(line).front());
    }
  }
  EXPECT_GE(named.size(), 11U);
  for (const std::string& command : named) EXPECT_THAT(commands, Contains(command));
}

TEST_F(ClientDocs, TheFormatsOfTheHelpAreOfferedAndDescribed) {
  const std::string help = run({"show", "--help"}).out;
  const std::size_t at = help.find("Print the transcript: ");
  ASSERT_NE(at, std::string::npos);
  std::string list = help.substr(at + 22, help.find('\n', at) - at - 22);
  std::vector<std::string> formats;
  for (std::string word : words_of(list)) {
    if (word.back() == ',') word.pop_back();
    formats.push_back(word);
  }
  EXPECT_GE(formats.size(), 7U);
  EXPECT_THAT(bash_offers("transcribe -f "), testing::UnorderedElementsAreArray(formats));
  const std::string page = file_content(MAN_PAGES "/transcribe.1");
  const std::string zsh = file_content(COMPLETIONS "/_transcribe");
  const std::string fish = file_content(COMPLETIONS "/transcribe.fish");
  for (const std::string& format : formats) {
    EXPECT_THAT(page, testing::ContainsRegex("Li .*" + format)) << format;
    EXPECT_THAT(zsh, testing::ContainsRegex("formats=[(][a-z_ ]*" + format)) << format;
    EXPECT_THAT(fish, testing::ContainsRegex("for word in [a-z_ ]*" + format)) << format;
    EXPECT_THAT(fish, testing::ContainsRegex("-x -a '[a-z_ ]*" + format)) << format;
  }
}

TEST_F(ClientDocs, BashOffersEveryOption) {
  for (const std::string& command : commands) {
    const std::string begin = "transcribe " + command + (command.empty() ? "" : " ") + "-";
    std::set<std::string> offered;
    for (const char* dashes : {"-", ""}) {
      for (const std::string& word : bash_offers(begin + dashes)) offered.insert(word);
    }
    // One dash alone is a file's name to be, and letters are known by heart.
    for (const std::string& option : options_of(command)) {
      if (option.rfind("--", 0) == 0) EXPECT_THAT(offered, Contains(option)) << command;
    }
  }
  EXPECT_THAT(bash_offers("transcribe --server http://x jobs --s"),
              UnorderedElementsAre("--server", "--state", "--search"));
  EXPECT_THAT(bash_offers("transcribe talk.wav jobs --sta"), ElementsAre(""))
      << "behind a FILE there are no commands";
}

TEST_F(ClientDocs, BashAsksTheServerForIdsAndModels) {
  some_jobs();
  EXPECT_THAT(bash_offers("transcribe show "), ElementsAre("job1", "job2", "job3"));
  EXPECT_THAT(bash_offers("transcribe cancel "), ElementsAre("job1"));
  EXPECT_THAT(bash_offers("transcribe retry jo"), ElementsAre("job2"));
  EXPECT_THAT(bash_offers("transcribe delete "), UnorderedElementsAre("job2", "job3"));
  EXPECT_THAT(bash_offers("transcribe move job1 "), ElementsAre("front", "back", "job1"));
  EXPECT_THAT(bash_offers("transcribe -m "), ElementsAre("medium", "tiny"));
  EXPECT_THAT(bash_offers("transcribe --model = ti"), ElementsAre("tiny"));
  EXPECT_THAT(bash_offers("transcribe models pull large-v3-turbo-q"),
              Contains("large-v3-turbo-q5_0"));
  EXPECT_THAT(bash_offers("transcribe --server http://127.0.0.1:1 show "), ElementsAre(""));
}

TEST_F(ClientDocs, BashOffersFilesCommandsAndLists) {
  recording("talk one.wav");
  fs::create_directory(folder_ / "talks");
  EXPECT_THAT(bash_offers("transcribe tal"), UnorderedElementsAre("talk one.wav", "talks"));
  EXPECT_THAT(bash_offers("transcribe mo"), UnorderedElementsAre("models", "move"));
  EXPECT_THAT(bash_offers("transcribe -o "), ElementsAre("talks"));
  EXPECT_THAT(bash_offers("transcribe -f srt,t"), Contains("srt,txt"));
  EXPECT_THAT(bash_offers("transcribe completion "), ElementsAre("bash", "zsh", "fish"));
}

TEST_F(ClientDocs, FishOffersEveryOptionAndAsksTheServer) {
  if (find_program("fish").empty()) GTEST_SKIP() << "no fish here";
  for (const std::string& command : commands) {
    const auto offered = fish_offers("transcribe " + command + (command.empty() ? "" : " ") + "--");
    for (const std::string& option : options_of(command)) {
      if (option.rfind("--", 0) == 0) EXPECT_THAT(offered, Contains(option)) << command;
    }
  }
  some_jobs();
  EXPECT_THAT(fish_offers("transcribe cancel "), ElementsAre("job1"));
  EXPECT_THAT(fish_offers("transcribe move job1 "), UnorderedElementsAre("back", "front", "job1"));
  EXPECT_THAT(fish_offers("transcribe --model "), ElementsAre("medium", "tiny"));
  EXPECT_THAT(fish_offers("transcribe -f srt,t"), Contains("srt,txt"));
  EXPECT_THAT(fish_offers("transcribe mo"), UnorderedElementsAre("models", "move"));
}

// An interactive zsh that has the completion by `how`.
class ClientDocsZsh : public ClientDocs {
 protected:
  void start(const std::string& how) {
    some_jobs();
    std::ofstream(folder_ / ".zshrc")
        << how
        // Completes what was typed, shows it, and begins anew.
        << "probe() { zle complete-word; print -rn -- \"<$BUFFER>\"; BUFFER= }\n"
           "zle -N probe && bindkey '^P' probe\n"
           "print ready\n";
    fakes::ProcessSettings wanted = shell({find_program("zsh"), "-i"});
    wanted.terminal = true;
    wanted.columns = 200;
    wanted.environment["TERM"] = "dumb";
    zsh_.emplace(wanted);
    ASSERT_TRUE(zsh_->wait_for("ready"));
  }
  void completes(const std::string& line, const std::string& to) {
    zsh_->type(line + "\x10");
    ASSERT_TRUE(zsh_->wait_for("<" + to)) << line << "\n" << zsh_->err();
  }

  std::optional<fakes::ClientProcess> zsh_;
};

TEST_F(ClientDocsZsh, OffersEveryOptionAndAsksTheServer) {
  if (find_program("zsh").empty()) GTEST_SKIP() << "no zsh here";
  start("autoload -Uz compinit && compinit -u -D\neval \"$(transcribe completion zsh)\"\n");
  for (const std::string& command : commands) {
    const std::string begin = "transcribe " + command + (command.empty() ? "" : " ");
    auto options = options_of(command);
    options.insert("--server");  // which every command takes
    for (const std::string& option : options) {
      const std::string typed = option.substr(0, option.size() - 1);
      const auto fits = [&](const std::string& one) { return one.rfind(typed, 0) == 0; };
      // --served and --server can only be told apart by their last letter.
      if (option.rfind("--", 0) != 0 || std::count_if(options.begin(), options.end(), fits) > 1) {
        continue;
      }
      completes(begin + typed, begin + option);
      if (HasFatalFailure()) return;
    }
  }
  completes("transcribe cancel j", "transcribe cancel job1");
  completes("transcribe retry j", "transcribe retry job2");
  completes("transcribe move job1 f", "transcribe move job1 front");
  completes("transcribe --model t", "transcribe --model tiny");
  completes("transcribe -f srt,tx", "transcribe -f srt,txt");
  completes("transcribe queued.w", "transcribe queued.wav");
  completes("transcribe resou", "transcribe resources");
}

TEST_F(ClientDocsZsh, FindsTheInstalledFunctionByItsName) {
  if (find_program("zsh").empty()) GTEST_SKIP() << "no zsh here";
  start(std::string("fpath=('") + COMPLETIONS +
        "' $fpath)\nautoload -Uz compinit && compinit -u -D\n");
  completes("transcribe cancel j", "transcribe cancel job1");
  completes("transcribe --model t", "transcribe --model tiny");
}

TEST_F(ClientDocs, TheCommandPrintsTheScripts) {
  EXPECT_EQ(run({"completion", "bash"}).out, file_content(COMPLETIONS "/transcribe.bash"));
  EXPECT_EQ(run({"completion", "zsh"}).out, file_content(COMPLETIONS "/_transcribe"));
  EXPECT_EQ(run({"completion", "fish"}).out, file_content(COMPLETIONS "/transcribe.fish"));
  EXPECT_EQ(run({"completion", "powershell"}).status, 2);
}

TEST_F(ClientDocs, TheManPagesAreWellFormed) {
  const fs::path mandoc = find_program("mandoc");
  if (mandoc.empty()) GTEST_SKIP() << "no mandoc here";
  for (const char* page : {"transcribe.1", "transcribed.8", "transcribed.toml.5"}) {
    const Ended ended =
        run(shell({mandoc, "-Tlint", "-Wwarning", std::string(MAN_PAGES "/") + page}));
    EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
    EXPECT_EQ(ended.out, "");
  }
}

}  // namespace
}  // namespace transcribed
