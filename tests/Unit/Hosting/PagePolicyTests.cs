using Blindsight.Hosting.Pages;

namespace Blindsight.Unit.Hosting;

public sealed class PagePolicyTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7702", " http://127.0.0.1:7702")]
    [InlineData("https://b.example/", " https://b.example")]
    [InlineData("http://[::1]:7702/path?query", " http://[::1]:7702")]
    [InlineData("http://name:word@b.example:81/", " http://b.example:81")]
    [InlineData("http://b.example; script-src *", "")]
    [InlineData("http://*", "")]
    [InlineData("http://b.example/ *; script-src *", " http://b.example")]
    [InlineData("javascript:alert(1)", "")]
    [InlineData("ws://b.example", "")]
    [InlineData("data:,", "")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void Of_the_other_servers_address_the_origin_alone_enters_the_policy(string? peer, string allowed)
    {
        string policy = PagePolicy.ContentSecurity(peer);
        Assert.Contains($"connect-src 'self'{allowed};", policy);
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.DoesNotContain("*", policy);
    }
}
