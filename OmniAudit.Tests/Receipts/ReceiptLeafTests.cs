using System.Text;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Tests.Receipts;

public class ReceiptLeafTests
{
    private static readonly DateTimeOffset Time = new(2026, 3, 4, 5, 6, 7, 8, TimeSpan.FromHours(2));

    [Fact]
    public void ToBytes_FirstReceipt_IsCanonicalJsonWithEveryMember()
    {
        var leaf = new ReceiptLeaf(ReceiptStore.Entry("apr_1", target: "o/r \"\u00e9\"") with { DecidedBy = "" }, null, Time);
        Assert.Equal(
            $$"""{"decided_by":"","decision":"approved","op":"apr_1","payload_sha256":"{{ReceiptStore.Hash}}","policy_sha256":"{{ReceiptStore.Hash}}","prev_receipt_sha256":null,"requester":"agent:agt_1","result_ref_sha256":null,"state":"approved","t":"2026-03-04T03:06:07.008Z","target":"o/r \"é\"","tool":"auditlens.create_issue","type":"decision","v":1}""",
            Encoding.UTF8.GetString(leaf.ToBytes()));
    }

    [Fact]
    public void Parse_OfWhatWasWritten_IsTheSame()
    {
        var leaf = new ReceiptLeaf(ReceiptStore.Entry("apr_1", ReceiptKind.Outcome) with { ResultRefSha256 = ReceiptStore.Hash }, ReceiptStore.Hash, Time.ToUniversalTime());
        Assert.Equal(leaf, ReceiptLeaf.Parse(leaf.ToBytes()));
    }

    [Fact]
    public void ToBytes_OfWhatNoReceiptMaySay_Throws()
    {
        var entry = ReceiptStore.Entry("apr_1");
        Assert.Throws<ArgumentException>(() => new ReceiptLeaf(entry with { Kind = "other" }, null, Time).ToBytes());
        Assert.Throws<ArgumentException>(() => new ReceiptLeaf(entry with { PayloadSha256 = "AA" }, null, Time).ToBytes());
        Assert.Throws<ArgumentException>(() => new ReceiptLeaf(entry with { OperationId = "" }, null, Time).ToBytes());
        Assert.Throws<FormatException>(() => new ReceiptLeaf(entry with { Target = "half \ud83d" }, null, Time).ToBytes());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"n\":1}")]
    [InlineData("nothing")]
    public void Parse_WhatIsNoReceipt_IsRefused(string text) => Assert.Throws<FormatException>(() => ReceiptLeaf.Parse(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("\"v\":1", "\"v\":2")]
    [InlineData("\"type\":\"decision\"", "\"type\":null")]
    [InlineData("\"v\":1", "\"v\":1,\"x\":1")]
    [InlineData("\"v\":1", "\"v\":1,\"v\":1")]
    [InlineData("07.008Z", "07Z")]
    public void Parse_EditedReceipt_IsRefused(string old, string edited)
    {
        var text = Encoding.UTF8.GetString(new ReceiptLeaf(ReceiptStore.Entry("apr_1"), null, Time).ToBytes());
        Assert.Throws<FormatException>(() => ReceiptLeaf.Parse(Encoding.UTF8.GetBytes(text.Replace(old, edited, StringComparison.Ordinal))));
    }
}
