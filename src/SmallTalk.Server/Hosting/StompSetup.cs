using Microsoft.Extensions.Options;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Hosting;

/// <summary>The STOMP endpoint's limits, and its own refusals in Korean.</summary>
static class StompSetup
{
    static readonly Dictionary<string, string> Korean = new(StringComparer.Ordinal)
    {
        [StompRefusals.NoSuchDestination.Code] = "없는 주소예요.",
        [StompRefusals.BadBody.Code] = "내용을 읽을 수 없어요.",
        [StompRefusals.BadHeader.Code] = "헤더가 없거나 올바르지 않아요.",
        [StompRefusals.NotAllowed.Code] = "권한이 없어요.",
        [StompRefusals.NotAuthenticated.Code] = "로그인이 필요해요.",
        [StompRefusals.TooManySubscriptions.Code] = "구독이 너무 많아요.",
    };

    public static void AddLiveConnections(this IServiceCollection services)
    {
        services.AddStomp(stomp =>
        {
            WireJson.Apply(stomp.Json);
            stomp.EchoedMembers.Add("clientId");
            stomp.TranslateTitle = (refusal, language) =>
                refusal is StompRefusal && language.TwoLetterISOLanguageName == "ko" ? Korean.GetValueOrDefault(refusal.Code) : null;
        });
        services.AddOptions<StompOptions>().Configure<IOptions<LimitOptions>>((stomp, limits) =>
        {
            stomp.MaxFrameBytes = limits.Value.FrameBytes;
            stomp.MaxSubscriptions = limits.Value.SubscriptionsPerConnection;
            stomp.OutboundQueueBytes = limits.Value.OutboundQueueBytes;
        });
    }
}
