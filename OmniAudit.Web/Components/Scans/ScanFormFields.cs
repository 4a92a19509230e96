using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OmniAudit.Web.Components.Scans;

/// <summary>What a person typed about a scan; becomes the arguments of sitelint.start_scan. What does not parse is sent as it was typed: the call's own check says what is wrong with it.</summary>
internal sealed class ScanFormFields
{
    /// <summary>The limits on one page, by argument, with their labels.</summary>
    public static readonly (string Name, string Label)[] Limits =
    [
        ("performance_score", "Performance at least (0 to 100)"), ("accessibility_score", "Accessibility at least"), ("best_practices_score", "Best practices at least"), ("seo_score", "Search at least"),
        ("lcp_ms", "Largest paint at most (ms)"), ("tbt_ms", "Blocking time at most (ms)"), ("cls", "Layout shift at most"), ("page_bytes", "Bytes of a page at most"), ("requests", "Requests of a page at most"),
    ];

    public string Url { get; set; } = "";
    public string Profile { get; set; } = "standard";
    public string ViewportSet { get; set; } = "desktop_mobile";
    /// <summary>One a line: name, width x height, optionally @scale and "mobile".</summary>
    public string Viewports { get; set; } = "";
    public string CrawlBudget { get; set; } = "";
    public string EntryPaths { get; set; } = "";
    public string Include { get; set; } = "";
    public string Exclude { get; set; } = "";
    public string PerTemplate { get; set; } = "";
    public string Runs { get; set; } = "";
    public bool IgnoreRobots { get; set; }
    public string AuthProfileId { get; set; } = "";
    public string BaselineScanId { get; set; } = "";
    public string BudgetPages { get; set; } = "";
    public Dictionary<string, string> PageLimits { get; } = Limits.ToDictionary(l => l.Name, _ => "", StringComparer.Ordinal);
    public string NewFindings { get; set; } = "";
    public string AccessibilityFindings { get; set; } = "";
    public string WorstSeverity { get; set; } = "";

    /// <summary>True when something is asked beyond the presets.</summary>
    public bool HasPaths => (EntryPaths + Include + Exclude + PerTemplate).Length > 0 || IgnoreRobots;
    public bool HasBudgets => (NewFindings + AccessibilityFindings + WorstSeverity + BudgetPages + string.Concat(PageLimits.Values)).Length > 0;

    /// <summary>The number of pages and screens at most; null when it cannot be told.</summary>
    public (int Pages, int Screens)? Size =>
        (CrawlBudget.Trim().Length == 0 ? Math.Max(1, Lines(EntryPaths).Count) : int.TryParse(CrawlBudget, NumberStyles.None, CultureInfo.InvariantCulture, out var budget) ? Math.Max(budget, Lines(EntryPaths).Count) : 0) is > 0 and var pages
            ? (pages, ViewportSet switch { "desktop_mobile" => 2, "custom" => Math.Max(1, Lines(Viewports).Count), _ => 1 }) : null;

    /// <summary>The same from arguments, such as those of a schedule.</summary>
    public static ScanFormFields Of(JsonElement arguments)
    {
        var fields = new ScanFormFields();
        if (arguments.ValueKind != JsonValueKind.Object) return fields;
        (fields.Url, fields.Profile, fields.ViewportSet) = (Text("url"), Text("profile", "standard"), Text("viewport_set", "desktop_mobile"));
        (fields.CrawlBudget, fields.PerTemplate, fields.Runs, fields.IgnoreRobots) = (Text("crawl_budget"), Text("per_template"), Text("runs"), Text("ignore_robots") == "True");
        (fields.EntryPaths, fields.Include, fields.Exclude) = (List("entry_paths"), List("include"), List("exclude"));
        (fields.AuthProfileId, fields.BaselineScanId) = (Text("auth_profile_id", Text("auth_profile")), Text("baseline_scan_id"));
        if (arguments.TryGetProperty("viewports", out var viewports) && viewports.ValueKind == JsonValueKind.Array) fields.Viewports = string.Join('\n', viewports.EnumerateArray().Select(ScreenLine));
        if (!arguments.TryGetProperty("budgets", out var budgets) || budgets.ValueKind != JsonValueKind.Object) return fields;
        (fields.NewFindings, fields.AccessibilityFindings, fields.WorstSeverity) = (In(budgets, "new_findings"), In(budgets, "accessibility_findings"), In(budgets, "worst_severity"));
        if (budgets.TryGetProperty("rules", out var rules) && rules.ValueKind == JsonValueKind.Array && rules.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } rule)
        {
            fields.BudgetPages = In(rule, "pages");
            foreach (var (name, _) in Limits) fields.PageLimits[name] = In(rule, name);
        }
        return fields;

        string Text(string name, string otherwise = "") => In(arguments, name) is { Length: > 0 } text ? text : otherwise;
        string List(string name) => arguments.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? string.Join('\n', list.EnumerateArray().Select(l => l.ToString())) : "";
    }

    public JsonElement ToArguments()
    {
        var arguments = new JsonObject { ["url"] = Url.Trim(), ["profile"] = Profile, ["viewport_set"] = ViewportSet };
        if (ViewportSet == "custom") arguments["viewports"] = new JsonArray([.. Lines(Viewports).Select(Screen)]);
        Number(arguments, "crawl_budget", CrawlBudget);
        List(arguments, "entry_paths", EntryPaths);
        List(arguments, "include", Include);
        List(arguments, "exclude", Exclude);
        Number(arguments, "per_template", PerTemplate);
        Number(arguments, "runs", Runs);
        if (IgnoreRobots) arguments["ignore_robots"] = true;
        if (AuthProfileId.Length > 0) arguments["auth_profile_id"] = AuthProfileId;
        if (BaselineScanId.Trim().Length > 0) arguments["baseline_scan_id"] = BaselineScanId.Trim();
        if (HasBudgets) arguments["budgets"] = Budgets();
        return JsonSerializer.SerializeToElement(arguments);
    }

    internal static IReadOnlyList<string> Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private JsonObject Budgets()
    {
        var rule = new JsonObject();
        if (BudgetPages.Trim().Length > 0) rule["pages"] = BudgetPages.Trim();
        foreach (var (name, _) in Limits) Number(rule, name, PageLimits[name]);
        var budgets = new JsonObject { ["rules"] = rule.Any(r => r.Key != "pages") ? new JsonArray(rule) : new JsonArray() };
        Number(budgets, "new_findings", NewFindings);
        Number(budgets, "accessibility_findings", AccessibilityFindings);
        if (WorstSeverity.Length > 0) budgets["worst_severity"] = WorstSeverity;
        return budgets;
    }

    private static void Number(JsonObject target, string name, string typed)
    {
        if (typed.Trim() is not { Length: > 0 } text) return;
        target[name] = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole)
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number) : JsonValue.Create(text);
    }

    private static void List(JsonObject target, string name, string typed)
    {
        if (Lines(typed) is { Count: > 0 } lines) target[name] = new JsonArray([.. lines.Select(l => JsonValue.Create(l))]);
    }

    /// <summary>"tablet 820x1180 @2 mobile".</summary>
    private static JsonNode? Screen(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var size = words.Length > 1 ? words[1].Split('x') : [];
        if (size.Length != 2 || !int.TryParse(size[0], out var width) || !int.TryParse(size[1], out var height)) return JsonValue.Create(line);
        var screen = new JsonObject { ["name"] = words[0], ["width"] = width, ["height"] = height };
        foreach (var word in words.Skip(2))
        {
            if (word == "mobile") screen["mobile"] = true;
            else if (word.StartsWith('@') && double.TryParse(word[1..], NumberStyles.Float, CultureInfo.InvariantCulture, out var scale)) screen["scale"] = scale;
            else return JsonValue.Create(line);
        }
        return screen;
    }

    private static string ScreenLine(JsonElement screen) =>
        $"{In(screen, "name")} {In(screen, "width")}x{In(screen, "height")}{(In(screen, "scale") is { Length: > 0 } scale ? $" @{scale}" : "")}{(In(screen, "mobile") == "True" ? " mobile" : "")}";

    private static string In(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : "";
}
