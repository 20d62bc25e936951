#include "core/whisper_models.h"

#include <algorithm>
#include <array>

namespace transcribed::core {
namespace {

constexpr std::string_view prefix = "ggml-";
constexpr std::string_view suffix = ".bin";

// libwhisper logs 10^6 bytes; rounded up to MB of 1,048,576.
constexpr Megabytes from_log(std::int64_t million_bytes) {
  return (million_bytes * 1'000'000 + bytes_per_mb - 1) / bytes_per_mb;
}

struct Size {
  std::int64_t weights, state, fallback;  // 10^6 bytes
};
constexpr Size tiny{77, 146, 19};
constexpr Size base{147, 169, 38};
constexpr Size small{487, 240, 113};
constexpr Size medium{1533, 419, 302};
constexpr Size large{3094, 543, 503};
constexpr Size turbo{1624, 283, 63};

constexpr auto in_project = SumOrigin::in_project;
constexpr auto in_copies = SumOrigin::in_copies;

constexpr WhisperModel row(std::string_view name, std::string_view file, std::int64_t bytes,
                           const Size& size, SumOrigin origin, std::string_view sha1,
                           std::string_view sha256) {
  WhisperModel model;
  model.name = name;
  model.file = file;
  model.bytes = bytes;
  model.sha1 = sha1;
  model.sha256 = sha256;
  model.sum_origin = origin;
  model.multilingual = name.find(".en") == std::string_view::npos;
  model.weights_mb =
      model.quantised() ? (bytes + bytes_per_mb - 1) / bytes_per_mb : from_log(size.weights);
  model.state_mb = from_log(size.state);
  model.fallback_mb = from_log(size.fallback);
  return model;
}

constexpr std::array<WhisperModel, 33> catalogue{{
    row("tiny", "ggml-tiny.bin", 77'691'713, tiny, in_project,
        "bd577a113a864445d4c299885e0cb97d4ba92b5f",
        "be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21"),
    row("tiny-q5_1", "ggml-tiny-q5_1.bin", 32'152'673, tiny, in_copies,
        "2827a03e495b1ed3048ef28a6a4620537db4ee51",
        "818710568da3ca15689e31a743197b520007872ff9576237bda97bd1b469c3d7"),
    row("tiny-q8_0", "ggml-tiny-q8_0.bin", 43'537'433, tiny, in_copies,
        "19e8118f6652a650569f5a949d962154e01571d9",
        "c2085835d3f50733e2ff6e4b41ae8a2b8d8110461e18821b09a15c40c42d1cca"),
    row("tiny.en", "ggml-tiny.en.bin", 77'704'715, tiny, in_project,
        "c78c86eb1a8faa21b369bcd33207cc90d64ae9df",
        "921e4cf8686fdd993dcd081a5da5b6c365bfde1162e72b08d75ac75289920b1f"),
    row("tiny.en-q5_1", "ggml-tiny.en-q5_1.bin", 32'166'155, tiny, in_copies,
        "3fb92ec865cbbc769f08137f22470d6b66e071b6",
        "c77c5766f1cef09b6b7d47f21b546cbddd4157886b3b5d6d4f709e91e66c7c2b"),
    row("tiny.en-q8_0", "ggml-tiny.en-q8_0.bin", 43'550'795, tiny, in_copies,
        "802d6668e7d411123e672abe4cb6c18f12306abb",
        "5bc2b3860aa151a4c6e7bb095e1fcce7cf12c7b020ca08dcec0c6d018bb7dd94"),
    row("base", "ggml-base.bin", 147'951'465, base, in_project,
        "465707469ff3a37a2b9b8d8f89f2f99de7299dac",
        "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe"),
    row("base-q5_1", "ggml-base-q5_1.bin", 59'707'625, base, in_copies,
        "a3733eda680ef76256db5fc5dd9de8629e62c5e7",
        "422f1ae452ade6f30a004d7e5c6a43195e4433bc370bf23fac9cc591f01a8898"),
    row("base-q8_0", "ggml-base-q8_0.bin", 81'768'585, base, in_copies,
        "7bb89bb49ed6955013b166f1b6a6c04584a20fbe",
        "c577b9a86e7e048a0b7eada054f4dd79a56bbfa911fbdacf900ac5b567cbb7d9"),
    row("base.en", "ggml-base.en.bin", 147'964'211, base, in_project,
        "137c40403d78fd54d454da0f9bd998f78703390c",
        "a03779c86df3323075f5e796cb2ce5029f00ec8869eee3fdfb897afe36c6d002"),
    row("base.en-q5_1", "ggml-base.en-q5_1.bin", 59'721'011, base, in_copies,
        "d26d7ce5a1b6e57bea5d0431b9c20ae49423c94a",
        "4baf70dd0d7c4247ba2b81fafd9c01005ac77c2f9ef064e00dcf195d0e2fdd2f"),
    row("base.en-q8_0", "ggml-base.en-q8_0.bin", 81'781'811, base, in_copies,
        "bb1574182e9b924452bf0cd1510ac034d323e948",
        "a4d4a0768075e13cfd7e19df3ae2dbc4a68d37d36a7dad45e8410c9a34f8c87e"),
    row("small", "ggml-small.bin", 487'601'967, small, in_project,
        "55356645c2b361a969dfd0ef2c5a50d530afd8d5",
        "1be3a9b2063867b937e64e2ec7483364a79917e157fa98c5d94b5c1fffea987b"),
    row("small-q5_1", "ggml-small-q5_1.bin", 190'085'487, small, in_copies,
        "6fe57ddcfdd1c6b07cdcc73aaf620810ce5fc771",
        "ae85e4a935d7a567bd102fe55afc16bb595bdb618e11b2fc7591bc08120411bb"),
    row("small-q8_0", "ggml-small-q8_0.bin", 264'464'607, small, in_copies,
        "bcad8a2083f4e53d648d586b7dbc0cd673d8afad",
        "49c8fb02b65e6049d5fa6c04f81f53b867b5ec9540406812c643f177317f779f"),
    row("small.en", "ggml-small.en.bin", 487'614'201, small, in_project,
        "db8a495a91d927739e50b3fc1cc4c6b8f6c2d022",
        "c6138d6d58ecc8322097e0f987c32f1be8bb0a18532a3f88f734d1bbf9c41e5d"),
    row("small.en-q5_1", "ggml-small.en-q5_1.bin", 190'098'681, small, in_copies,
        "20f54878d608f94e4a8ee3ae56016571d47cba34",
        "bfdff4894dcb76bbf647d56263ea2a96645423f1669176f4844a1bf8e478ad30"),
    row("small.en-q8_0", "ggml-small.en-q8_0.bin", 264'477'561, small, in_copies,
        "9d75ff4ccfa0a8217870d7405cf8cef0a5579852",
        "67a179f608ea6114bd3fdb9060e762b588a3fb3bd00c4387971be4d177958067"),
    row("medium", "ggml-medium.bin", 1'533'763'059, medium, in_project,
        "fd9727b6e1217c2f614f9b698455c4ffd82463b4",
        "6c14d5adee5f86394037b4e4e8b59f1673b6cee10e3cf0b11bbdbee79c156208"),
    row("medium-q5_0", "ggml-medium-q5_0.bin", 539'212'467, medium, in_copies,
        "7718d4c1ec62ca96998f058114db98236937490e",
        "19fea4b380c3a618ec4723c3eef2eb785ffba0d0538cf43f8f235e7b3b34220f"),
    row("medium-q8_0", "ggml-medium-q8_0.bin", 823'369'779, medium, in_copies,
        "e66645948aff4bebbec71b3485c576f3d63af5d6",
        "42a1ffcbe4167d224232443396968db4d02d4e8e87e213d3ee2e03095dea6502"),
    row("medium.en", "ggml-medium.en.bin", 1'533'774'781, medium, in_project,
        "8c30f0e44ce9560643ebd10bbe50cd20eafd3723",
        "cc37e93478338ec7700281a7ac30a10128929eb8f427dda2e865faa8f6da4356"),
    row("medium.en-q5_0", "ggml-medium.en-q5_0.bin", 539'225'533, medium, in_copies,
        "bb3b5281bddd61605d6fc76bc5b92d8f20284c3b",
        "76733e26ad8fe1c7a5bf7531a9d41917b2adc0f20f2e4f5531688a8c6cd88eb0"),
    row("medium.en-q8_0", "ggml-medium.en-q8_0.bin", 823'382'461, medium, in_copies,
        "b1cf48c12c807e14881f634fb7b6c6ca867f6b38",
        "43fa2cd084de5a04399a896a9a7a786064e221365c01700cea4666005218f11c"),
    row("large-v1", "ggml-large-v1.bin", 3'094'623'691, large, in_project,
        "b1caaf735c4cc1429223d5a74f0f4d0b9b59a299",
        "7d99f41a10525d0206bddadd86760181fa920438b6b33237e3118ff6c83bb53d"),
    row("large-v2", "ggml-large-v2.bin", 3'094'623'691, large, in_project,
        "0f4c8e34f21cf1a914c59d8b3ce882345ad349d6",
        "9a423fe4d40c82774b6af34115b8b935f34152246eb19e80e376071d3f999487"),
    row("large-v2-q5_0", "ggml-large-v2-q5_0.bin", 1'080'732'091, large, in_project,
        "00e39f2196344e901b3a2bd5814807a769bd1630",
        "3a214837221e4530dbc1fe8d734f302af393eb30bd0ed046042ebf4baf70f6f2"),
    row("large-v2-q8_0", "ggml-large-v2-q8_0.bin", 1'656'129'691, large, in_copies,
        "da97d6ca8f8ffbeeb5fd147f79010eeea194ba38",
        "fef54e6d898246a65c8285bfa83bd1807e27fadf54d5d4e81754c47634737e8c"),
    row("large-v3", "ggml-large-v3.bin", 3'095'033'483, large, in_project,
        "ad82bf6a9043ceed055076d0fd39f5f186ff8062",
        "64d182b440b98d5203c4f9bd541544d84c605196c4f7b845dfa11fb23594d1e2"),
    row("large-v3-q5_0", "ggml-large-v3-q5_0.bin", 1'081'140'203, large, in_project,
        "e6e2ed78495d403bef4b7cff42ef4aaadcfea8de",
        "d75795ecff3f83b5faa89d1900604ad8c780abd5739fae406de19f23ecd98ad1"),
    row("large-v3-turbo", "ggml-large-v3-turbo.bin", 1'624'555'275, turbo, in_copies,
        "4af2b29d7ec73d781377bfd1758ca957a807e941",
        "1fc70f774d38eb169993ac391eea357ef47c88757ef72ee5943879b7e8e2bc69"),
    row("large-v3-turbo-q5_0", "ggml-large-v3-turbo-q5_0.bin", 574'041'195, turbo, in_copies,
        "e050f7970618a659205450ad97eb95a18d69c9ee",
        "394221709cd5ad1f40c46e6031ca61bce88931e6e088c188294c6d5a55ffa7e2"),
    row("large-v3-turbo-q8_0", "ggml-large-v3-turbo-q8_0.bin", 874'188'075, turbo, in_copies,
        "01bf15bedffe9f39d65c1b6ff9b687ea91f59e0e",
        "317eb69c11673c9de1e1f0d459b253999804ec71ac4c23c17ecf5fbe24e259a1"),
}};

}  // namespace

std::span<const WhisperModel> whisper_models() { return catalogue; }

const WhisperModel* find_whisper_model(std::string_view name_or_file) {
  const auto at = std::ranges::find_if(catalogue, [&](const WhisperModel& model) {
    return model.name == name_or_file || model.file == name_or_file;
  });
  return at == catalogue.end() ? nullptr : &*at;
}

std::string whisper_file_name(std::string_view name) {
  return std::string(prefix).append(name).append(suffix);
}

std::string_view whisper_name_of_file(std::string_view file_name) {
  if (!file_name.starts_with(prefix) || !file_name.ends_with(suffix) ||
      file_name.size() <= prefix.size() + suffix.size()) {
    return {};
  }
  return file_name.substr(prefix.size(), file_name.size() - prefix.size() - suffix.size());
}

}  // namespace transcribed::core
