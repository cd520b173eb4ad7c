#include "http/form.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "http/url.h"

namespace galileo::http {

namespace {

using model::Json;

constexpr const char* kBytesKey = "__bytes__";

bool is_scalar(const Json& value) {
    return holds_text(value) || value.is_number() || value.is_boolean();
}

std::string python_text(const Json& value) {
    if (value.is_boolean()) {
        return value.get<bool>() ? "True" : "False";
    }
    return value.is_number_float() ? model::python_float(value.get<double>()) : value.dump();
}

/// A list within the list of a field's values: each of its members is a value, null too.
Result<void> visit_inner(const std::string& name, const Json& list, const FieldVisitor& visit) {
    for (const Json& item : list) {
        if (item.is_null()) {
            visit(name, "None");
        } else {
            visit(name, TRY(as_scalar_text(fmt::format("'{}'", name), item)));
        }
    }
    return {};
}

Result<void> visit_values(const std::string& name, const Json& value, const FieldVisitor& visit) {
    if (value.is_null()) {
        return {};
    }
    if (is_scalar(value)) {
        visit(name, TRY(as_scalar_text(name, value)));
        return {};
    }
    if (value.is_object()) {  // iterating over one gives its keys
        for (const auto& [inner, ignored] : value.items()) {
            visit(name, inner);
        }
        return {};
    }
    for (const Json& item : value) {
        if (item.is_array()) {
            TRY(visit_inner(name, item, visit));
        } else {
            TRY(visit_values(name, item, visit));
        }
    }
    return {};
}

}  // namespace

Error wrong(std::string_view what, const Json& given, std::string_view allowed) {
    std::string text = model::to_python_json(given);
    if (text.size() > 100) {
        text.resize(100);
        text += "...";
    }
    return Error(ErrorCode::kInvalidInput, fmt::format("{} is {}, not {}", what, text, allowed));
}

bool is_falsy(const Json& value) {
    return value.is_null() || value == Json(false) || value == Json("") ||
           (value.is_structured() && value.empty()) ||
           (value.is_number() && value.get<double>() == 0) ||
           (is_bytes(value) && value.front() == Json(""));
}

bool is_bytes(const Json& value) {
    return value.is_object() && value.size() == 1 && value.begin().key() == kBytesKey;
}

bool holds_text(const Json& value) {
    return value.is_string() || is_bytes(value);
}

Result<std::string> as_text(std::string_view what, const Json& value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (!is_bytes(value)) {
        return wrong(what, value, R"(a string or {"__bytes__": "<base64>"})");
    }
    const Json& encoded = value.front();
    if (!encoded.is_string()) {
        return wrong(what, value, R"({"__bytes__": "<base64>"})");
    }
    auto bytes = base::from_base64(encoded.get_ref<const std::string&>());
    return bytes ? std::move(bytes) : wrong(what, value, R"({"__bytes__": "<base64>"})");
}

Result<std::string> as_scalar_text(std::string_view what, const Json& value) {
    if (value.is_number() || value.is_boolean()) {
        return python_text(value);
    }
    if (!holds_text(value)) {
        return wrong(what, value, "a string, a number or a list of these");
    }
    return as_text(what, value);
}

Result<void> for_each_form_field(std::string_view what,
                                 const Json& fields,
                                 const FieldVisitor& visit) {
    if (fields.is_object()) {
        for (const auto& [name, value] : fields.items()) {
            TRY(visit_values(name, value, visit));
        }
        return {};
    }
    for (const Json& pair : fields) {
        if (!pair.is_array() || pair.size() != 2 || !is_scalar(pair[0])) {
            return wrong(what, fields, "an object or a list of [key, value] pairs");
        }
        TRY(visit_values(TRY(as_scalar_text(what, pair[0])), pair[1], visit));
    }
    return {};
}

Result<std::string> form_encode(std::string_view what, const Json& fields) {
    std::string out;
    TRY(for_each_form_field(what, fields, [&](const std::string& name, const std::string& text) {
        out += out.empty() ? "" : "&";
        append_form_encoded(out, name);
        out += '=';
        append_form_encoded(out, text);
    }));
    return out;
}

}  // namespace galileo::http
