using Microsoft.Extensions.DependencyInjection;

namespace SmallTalk.Stomp;

/// <summary>Knows how long services live, which a service provider doesn't tell: a frame whose handler asks for singletons only needs no scope.</summary>
sealed class ServiceCatalog(IServiceCollection services)
{
    public bool IsSingleton(Type type)
    {
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        for (var i = services.Count - 1; i >= 0; i--)
        {
            if (services[i].ServiceType == type || services[i].ServiceType == definition)
                return services[i].Lifetime == ServiceLifetime.Singleton;
        }

        return false;
    }
}
