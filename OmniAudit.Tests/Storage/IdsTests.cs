using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage;

public sealed class IdsTests
{
    [Fact]
    public void TimeOf_AnIdOfOurs_IsWhenItWasMade()
    {
        var time = new TestTime();
        var before = time.GetUtcNow();
        Assert.InRange(Ids.TimeOf(Ids.New("apr", time))!.Value, before.AddMilliseconds(-1), time.GetUtcNow());
    }

    [Theory]
    [InlineData("")]
    [InlineData("op1")]
    [InlineData("apr_0iiiiiiiiiiiiiiiiiiiiiiiii")]
    [InlineData("apr_zzzzzzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("apr_7zzzzzzzzzzzzzzzzzzzzzzzzz")]
    public void TimeOf_AnythingElse_IsUnknown(string id) => Assert.Null(Ids.TimeOf(id));
}
