using System.Text;
using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.AuditLens.Triage.Patches;
using OmniAudit.Tests.GitHub;

namespace OmniAudit.Tests.AuditLens.Triage;

public sealed class ProposePatchToolTests(TriageWorld world) : IClassFixture<TriageWorld>
{
    private readonly FakeRepository _repository = TriageRepository.Fill(world.Repository());

    private async Task<string> FindingAsync(Func<StoredFinding, bool> which)
    {
        var (draftId, _) = await world.TriageAsync(_repository);
        var sets = world.App.Get<FindingsStore>();
        var row = (await world.App.Get<TriageStore>().FindAsync(draftId, default))!;
        return (await sets.LoadAsync((await sets.FindAsync(row.FindingsId!, default))!, default)).Findings.First(which).Finding.FindingId;
    }

    private Task<JsonElement> ProposeAsync(string id) => world.CallAsync("auditlens.propose_patch", new { repo = _repository.FullName, finding_id = id });

    [Fact]
    public async Task Patch_OfALintersFix_IsProvenAgainstTheBlob()
    {
        var answer = await ProposeAsync(await FindingAsync(f => f.Finding.Rule == "eqeqeq"));
        var blob = _repository.Files["src/a.js"];
        Assert.Equal(("proven", "src/a.js", FakeGitHub.BlobSha(blob), TriageRepository.Head), (answer.GetProperty("result").GetString(), answer.GetProperty("target_file").GetString(), answer.GetProperty("blob_sha").GetString(), answer.GetProperty("head_sha").GetString()));
        Assert.Equal(TriageRepository.Source.Replace("==", "===", StringComparison.Ordinal), Encoding.UTF8.GetString(DiffApplier.Apply(blob, answer.GetProperty("diff_preview").GetString()!)));
        Assert.Equal(0, world.GitHub.Requests.Count(r => r.Method != "GET" && r.Path.Contains(_repository.FullName, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("gone", "file_not_found")]
    [InlineData("changed", "out_of_range")]
    [InlineData("binary", "not_text")]
    public async Task Patch_ThatCannotBeProven_IsNoPatch(string how, string code)
    {
        var id = await FindingAsync(f => f.Finding.Rule == "eqeqeq");
        if (how == "gone") _repository.Files.Remove("src/a.js");
        else _repository.Files["src/a.js"] = how == "changed" ? "short"u8.ToArray() : [0, 1, 2];
        var answer = await ProposeAsync(id);
        Assert.Equal(("no_patch", code), (answer.GetProperty("result").GetString(), answer.GetProperty("code").GetString()));
        Assert.NotEmpty(answer.GetProperty("reason").GetString()!);
        Assert.False(answer.TryGetProperty("diff_preview", out _));
    }

    [Fact]
    public async Task Finding_WithoutAFixOrUnknown_SaysSo()
    {
        Assert.Equal("no_fix", (await ProposeAsync(await FindingAsync(f => f.Finding.Test is not null))).GetProperty("code").GetString());
        var unknown = await ProposeAsync("fnd_00000000000000000000");
        Assert.Equal("finding_id", unknown.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task Issue_FromFindings_IsWrittenOutBeforeAnyoneIsAsked()
    {
        var id = await FindingAsync(f => f.Finding.Test is not null);
        var asked = await world.CallAsync("auditlens.create_issue", new { repo = _repository.FullName, title = "Total fails", body = "Since yesterday.", labels = new[] { "Bug" }, finding_ids = new[] { id }, template_id = "ours/flaky-test" });
        var card = (await world.App.Get<ApprovalQueries>().FindAsync(asked.GetProperty("approval").GetProperty("id").GetString()!, default))!;
        var shown = JsonDocument.Parse(card.Payload).RootElement;
        Assert.Equal("Flaky: Total fails", shown.GetProperty("title").GetString());
        var body = shown.GetProperty("body").GetString()!;
        Assert.StartsWith("Since yesterday.\n\n### What happens", body, StringComparison.Ordinal);
        Assert.Contains("expected 3 but was 4", body, StringComparison.Ordinal);
        Assert.Contains($"`{id}`", body, StringComparison.Ordinal);
        Assert.False(shown.TryGetProperty("finding_ids", out _));
    }
}
