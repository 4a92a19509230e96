using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Settings;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AuditLens.Triage;

/// <summary>A pull request whose checks fail in every way, on the stand-in for GitHub.</summary>
internal static class TriageRepository
{
    public const string Head = "00000000000000000000000000000000000000aa";
    public const string Source = "function f() {\n  const x = 1;\n  if (x == 2) return;\n}\n";

    /// <summary>37 lines that ask for an annotation; GitHub keeps ten.</summary>
    private const int Errors = 37;

    /// <summary>
    /// #7: run 1 (two attempts: the first timed out, the second failed), run 2 (could not start), run 3 (the same workflow passed, and with it the test that failed), run 5 was cancelled; run 4 is main's last one.
    /// </summary>
    public static FakeRepository Fill(FakeRepository repository, string message = "expected 3 but was 4")
    {
        repository.Pulls.Add(FakeGitHub.Pull(7, Head, @base: repository.FullName));
        repository.Labels.AddRange(["Bug", "flaky", "unrelated"]);
        repository.Files[".github/CODEOWNERS"] = "* @acme/all\n/src/ @acme/core # who knows it\n/src/generated/\n"u8.ToArray();
        repository.Files["src/a.js"] = Encoding.UTF8.GetBytes(Source);

        repository.Runs.AddRange([
            FakeGitHub.Run(1, Head, "topic", "failure", attempt: 2), Of(FakeGitHub.Run(2, Head, "topic", "startup_failure"), 2), FakeGitHub.Run(3, Head, "topic", "success"), FakeGitHub.Run(4, "b0"), Of(FakeGitHub.Run(5, Head, "topic", "cancelled"), 3),
        ]);
        repository.Jobs[1] = [FakeGitHub.Job(11, 1, "build / linux", "timed_out", 1), FakeGitHub.Job(12, 1, "build / linux", "failure", 2), FakeGitHub.Job(13, 1, "docs", "success", 2)];
        repository.Jobs[2] = [];
        repository.Jobs[3] = [FakeGitHub.Job(31, 3, "build / linux", "success")];
        repository.Jobs[4] = [FakeGitHub.Job(41, 4, "build / linux", "failure")];
        repository.Jobs[5] = [FakeGitHub.Job(51, 5, "other", "cancelled")];
        var annotated = string.Concat(Enumerable.Range(1, Errors).Select(i => $"::error file=src/g.cs,line={i}::unused variable number {Word(i)}\n"));
        repository.Downloads["job:11"] = Log("##[error]The job running on runner has exceeded the maximum execution time of 60 minutes.\n");
        repository.Downloads["job:12"] = Log($"{annotated}  Failed Shop.CartTests.Total [12 ms]\n  Error Message:\n   {message}\n  Stack Trace:\n     at Shop.CartTests.Total() in /home/runner/work/site/site/src/cart.cs:line 12\n");
        repository.Downloads["job:41"] = Log("src/old.cs(3,1): error CS0103: The name 'y' does not exist in the current context [/home/runner/work/site/site/a.csproj]\n");
        repository.Downloads["job:51"] = Log("##[error]The operation was canceled.\n");
        foreach (var job in new[] { 11, 12, 41, 51 }) repository.Annotations[job] = [];
        repository.Annotations[12] = [.. Enumerable.Range(1, 10).Select(i => new JsonObject
        {
            ["path"] = "src/g.cs", ["start_line"] = i, ["end_line"] = i, ["annotation_level"] = "failure", ["title"] = "", ["message"] = $"unused variable number {Word(i)}", ["raw_details"] = "",
        })];
        AddArtifact(repository, 1, 101, "test-results", ("junit.xml", JUnit(message, fails: true)));
        AddArtifact(repository, 1, 102, "eslint-report", ("eslint.json", Eslint()));
        AddArtifact(repository, 3, 103, "test-results", ("junit.xml", JUnit(message, fails: false)));
        return repository;
    }

    private static JsonObject Of(JsonObject run, long workflow)
    {
        run["workflow_id"] = workflow;
        return run;
    }

    /// <summary>Words, for numbers are no part of a message's identity.</summary>
    private static string Word(int number) => string.Concat(number.ToString().Select(d => (char)('a' + (d - '0'))));

    private static byte[] Log(string text) => Encoding.UTF8.GetBytes(string.Concat(text.TrimEnd('\n').Split('\n').Select(l => $"2026-03-01T10:02:00.0000000Z {l}\n")));

    private static string JUnit(string message, bool fails) =>
        $"<testsuite name=\"shop\"><testcase classname=\"Shop.CartTests\" name=\"Total\" file=\"src/cart.cs\">{(fails ? $"<failure message=\"{System.Security.SecurityElement.Escape(message)}\" type=\"AssertionError\">at src/cart.cs:12</failure>" : "")}</testcase><testcase classname=\"Shop.CartTests\" name=\"Empty\"/></testsuite>";

    private static string Eslint() => JsonSerializer.Serialize(new[]
    {
        new { filePath = "/home/runner/work/site/site/src/a.js", messages = new object[] { new { ruleId = "eqeqeq", severity = 2, message = "Expected '===' and instead saw '=='.", line = 3, column = 9, fix = new { range = new[] { Source.IndexOf("==", StringComparison.Ordinal), Source.IndexOf("==", StringComparison.Ordinal) + 2 }, text = "===" } } } },
    });

    private static void AddArtifact(FakeRepository repository, long run, long id, string name, params (string Name, string Text)[] files)
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (file, text) in files)
            {
                using var entry = archive.CreateEntry(file).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        if (!repository.Artifacts.TryGetValue(run, out var artifacts)) repository.Artifacts[run] = artifacts = [];
        artifacts.Add(FakeGitHub.Artifact(id, run, name, zip.ToArray()));
        repository.Downloads[$"{id}"] = zip.ToArray();
    }
}

/// <summary>One app and one GitHub for the class; every test has a repository of its own.</summary>
public sealed class TriageWorld : IAsyncLifetime
{
    private int _used;

    internal FakeGitHub GitHub { get; private set; } = null!;
    internal TestApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        GitHub = await FakeGitHub.StartAsync();
        App = await TestApp.StartAsync(Configure);
    }

    internal void Configure(OmniAuditOptions options)
    {
        GitHub.Configure(options, [.. Enumerable.Range(1, 40).Select(i => $"acme/shop-{i}")]);
        options.RateLimits.WritesPerMinute = 1000;
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await GitHub.DisposeAsync();
    }

    internal FakeRepository Repository() => GitHub.AddRepository($"acme/shop-{++_used}");

    internal async Task<JsonElement> CallAsync(string tool, object arguments) => (await App.CallAsync(tool, arguments)).GetProperty("structuredContent");

    /// <summary>A finished draft of #7.</summary>
    internal async Task<(string DraftId, string Markdown)> TriageAsync(FakeRepository repository, object? arguments = null)
    {
        var answer = await CallAsync("auditlens.triage_pr", arguments ?? new { repo = repository.FullName, pr_number = 7 });
        Assert.True(answer.TryGetProperty("markdown", out var markdown), answer.GetRawText());
        return (answer.GetProperty("draft_id").GetString()!, markdown.GetString()!);
    }
}
