using Blindsight.Hosting;
using Blindsight.Hosting.Pages;

namespace Blindsight.Unit.Hosting;

public sealed class PageWordsTests
{
    [Fact]
    public void The_page_has_words_for_every_fault_of_a_server()
    {
        string words = System.Text.Encoding.UTF8.GetString(new EmbeddedPages().Find("faults.js")!.Content);
        foreach (QueryFault fault in Enum.GetValues<QueryFault>().Where(fault => fault != QueryFault.None))
            Assert.Matches($@"\b{fault}: (\[""|STALE)", words);
    }

    [Fact]
    public void Nothing_but_the_page_is_served()
    {
        EmbeddedPages pages = new();
        Assert.Equal("text/html; charset=utf-8", pages.Find("index.html")?.ContentType);
        Assert.Equal("text/javascript; charset=utf-8", pages.Find("shares.js")?.ContentType);
        foreach (string path in (string[])["", "package.json", "../Hosting.csproj", "page/index.html", "INDEX.HTML"]) Assert.Null(pages.Find(path));
    }
}
