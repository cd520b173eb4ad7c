#include "http/multipart.h"

#include <fmt/format.h>

#include "http/fields.h"
#include "http/form.h"

namespace galileo::http {

namespace {

using model::Json;

/// A name or file name in Content-Disposition, by the rules of HTML5.
std::string in_quotes(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"') {
            out += "%22";
        } else if (c == '\\') {
            out += "\\\\";
        } else if (byte < 0x20 && byte != 0x1b) {
            out += fmt::format("%{:02X}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

class MultipartWriter {
  public:
    explicit MultipartWriter(std::string_view boundary) : boundary_(boundary) {}

    void begin(std::string_view name, const Json& file_name) {
        body_ += "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"" +
                 in_quotes(name) + '"';
        if (file_name.is_string()) {
            body_ += "; filename=\"" + in_quotes(file_name.get_ref<const std::string&>()) + '"';
        }
        body_ += "\r\n";
    }
    void header(std::string_view name, std::string_view value) {
        body_ += fmt::format("{}: {}\r\n", name, value);
    }
    void content(std::string_view bytes) {
        body_ += "\r\n";
        body_ += bytes;
        body_ += "\r\n";
    }
    std::string finish() {
        body_ += "--" + boundary_ + "--\r\n";
        return std::move(body_);
    }

  private:
    std::string boundary_;
    std::string body_;
};

Result<void> check_line(std::string_view what, const Json& value) {
    const bool clean = value.is_string() && value.get_ref<const std::string&>().find_first_of(
                                                "\r\n") == std::string::npos;
    return clean ? Result<void>() : wrong(what, value, "a string of one line");
}

Result<void> add_file_headers(MultipartWriter& writer, std::string_view what, const Json& file) {
    const Json type = file.size() > 2 ? file[2] : Json();
    const Json more = file.size() > 3 ? file[3] : Json();
    if (!type.is_null()) {
        TRY(check_line(fmt::format("{}: the content type", what), type));
        if (type != Json("")) {
            writer.header("Content-Type", type.get_ref<const std::string&>());
        }
    }
    if (!more.is_object() && !more.is_null()) {
        return wrong(fmt::format("{}: headers", what), more, "an object");
    }
    for (const auto& [name, value] : more.items()) {
        TRY(check_line(fmt::format("{}: header '{}'", what, name), value));
        if (!is_token(name) || name == "Content-Disposition" || name == "Content-Type") {
            return wrong(what, more, fmt::format("usable: '{}' cannot be sent", name));
        }
        if (value != Json("")) {
            writer.header(name, value.get_ref<const std::string&>());
        }
    }
    return {};
}

Result<void> add_file(MultipartWriter& writer, const std::string& name, const Json& given) {
    const std::string what = fmt::format("file '{}'", name);
    const Json file = given.is_array() ? given : Json::array({name, given});
    if (file.size() < 2 || file.size() > 4 || !(file[0].is_string() || file[0].is_null())) {
        return wrong(what, given,
                     "its content, [filename, content], [filename, content, content_type] or "
                     "[filename, content, content_type, headers]");
    }
    const Json& content = file[1];
    if (content.is_null()) {
        return {};
    }
    if (!holds_text(content) && !content.is_number_integer()) {
        return wrong(what, content, R"(a string or {"__bytes__": "<base64>"})");
    }
    const std::string bytes = TRY(as_scalar_text(what, content));
    writer.begin(name, file[0]);
    TRY(add_file_headers(writer, what, file));
    writer.content(bytes);
    return {};
}

}  // namespace

Result<std::string> multipart_body(const Json& data, const Json& files, std::string_view boundary) {
    if (holds_text(data) && !is_falsy(data)) {
        return wrong("data", data, "an object or a list of pairs, which it must be beside files");
    }
    MultipartWriter writer(boundary);
    if (!is_falsy(data)) {
        TRY(for_each_form_field("data", data,
                                [&](const std::string& name, const std::string& text) {
                                    writer.begin(name, Json());
                                    writer.content(text);
                                }));
    }
    if (files.is_object()) {
        for (const auto& [name, file] : files.items()) {
            TRY(add_file(writer, name, file));
        }
        return writer.finish();
    }
    for (const Json& pair : files) {
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string()) {
            return wrong("files", files, "an object or a list of [name, file] pairs");
        }
        TRY(add_file(writer, pair[0].get<std::string>(), pair[1]));
    }
    return writer.finish();
}

}  // namespace galileo::http
